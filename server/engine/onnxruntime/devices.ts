/** ONNX Runtime's devices: which providers this build has, and whether what they need is there. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors';
import { needGraphics } from '../probe';
import { loadOrt } from './library';
import type { SessionChoices } from './load';

export type Provider = NonNullable<SessionChoices['provider']>;

/** @returns Version. @throws UserError `engine-unavailable` with the reason. */
export async function probeProvider(provider: Provider): Promise<string> {
  const ort = await loadOrt();
  const built = ort.listSupportedBackends().map(({ name }) => name);
  if (!built.includes(provider))
    throw new UserError('engine-unavailable', `ONNX Runtime's build for ${process.platform} does not have it`);
  if (provider === 'cuda') needCuda();
  else needGraphics();
  return `ONNX Runtime ${ort.env.versions.node ?? ''}`;
}

/** The provider is a library of its own, which the package leaves to be downloaded. */
function needCuda(): void {
  const name = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const folder = join('bin', 'napi-v6', process.platform, process.arch);
  if (!existsSync(join(root, folder, name)))
    throw new UserError('engine-unavailable', `${name} is not in onnxruntime-node's folder ${folder}`);
}
