/** The WebAssembly backend: its .wasm files lie beside the bundle, or in the npm package. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

export function prepareWasm(): void {
  setWasmPaths(`${wasmFolder()}/`);
}

function wasmFolder(): string {
  const beside = join(dirname(fileURLToPath(import.meta.url)), 'tensorflow');
  if (existsSync(join(beside, 'tfjs-backend-wasm.wasm'))) return beside;
  return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
}
