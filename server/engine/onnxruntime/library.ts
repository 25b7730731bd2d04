/** Loads `onnxruntime-node` when it is first needed (25 ms), and says why when it cannot be. */
import { UserError } from '../../errors';

import type * as OnnxRuntime from 'onnxruntime-node';

export type Ort = typeof OnnxRuntime;

let loading: Promise<Ort> | undefined;

/** @throws UserError `engine-unavailable` with the reason and the way out. */
export function loadOrt(): Promise<Ort> {
  loading ??= import('onnxruntime-node').catch((error: unknown) => {
    loading = undefined;
    throw new UserError('engine-unavailable', `ONNX Runtime could not be loaded: ${whyNot(error)}`, { cause: error });
  });
  return loading;
}

/** Platforms `onnxruntime-node` brings binaries for. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

function whyNot(error: unknown): string {
  const here = `${process.platform}-${process.arch}`;
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  if (!PLATFORMS.includes(here))
    return `there are no binaries for ${here} (there are for ${PLATFORMS.join(', ')}); the wasm engine will serve it`;
  if (/GLIBC|musl|ld-linux/i.test(message))
    return `this system's C library is too old or musl (glibc ≥ 2.28): ${message}`;
  return message;
}

/** Version of the library, read without loading its binary. */
export async function ortVersion(): Promise<string> {
  const ort = await loadOrt();
  return ort.env.versions.node ?? 'unknown version';
}
