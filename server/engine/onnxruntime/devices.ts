/** ONNX Runtime's devices: which providers this build has, and whether one computes what the processor does. */
import { createRequire } from 'node:module';
import { UserError } from '../../errors';
import { float } from '../../graph/attributes';
import { GraphBuilder } from '../../graph/builder';
import { writeOnnx } from '../../graph/onnx/write';
import { f32 } from '../../graph/tensor';
import { errorLine, inProcess, needGraphics } from '../probe';
import { loadOrt } from './library';
import type { SessionChoices } from './load';

export type Provider = NonNullable<SessionChoices['provider']>;

/** Runs a small network on the processor and on the device, and prints both results. */
const PROBE = `const ort = require(process.argv[1]);
const [provider, model, feed] = process.argv.slice(2);
const run = async (executionProviders) => {
  const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'), { executionProviders, logSeverityLevel: 4 });
  const x = new ort.Tensor('float32', Float32Array.from(JSON.parse(feed)), [1, 2, 8, 8]);
  return Array.from((await session.run({ x })).y.data);
};
(async () => {
  console.log(JSON.stringify({ processor: await run(['cpu']), device: await run([provider, 'cpu']) }));
  process.exit(0);
})().catch((error) => { console.error('Error: ' + error.message); process.exit(1); });`;

/** Of the largest number: what rounding in another order explains. */
const TOLERANCE = 1e-4;

/** @returns Version and provider. @throws UserError `engine-unavailable` with the reason. */
export async function probeProvider(provider: Provider): Promise<string> {
  const ort = await loadOrt();
  const built = ort.listSupportedBackends().map(({ name }) => name);
  if (!built.includes(provider))
    throw new UserError('engine-unavailable', `ONNX Runtime's build for ${process.platform} does not have it`);
  needGraphics();
  const feed = Array.from({ length: 128 }, (_, at) => Math.sin(at));
  const path = createRequire(import.meta.url).resolve('onnxruntime-node');
  const args = [path, provider, Buffer.from(probeModel()).toString('base64'), JSON.stringify(feed)];
  const found = await inProcess<{ processor: number[]; device: number[] }>(PROBE, args, (stderr) =>
    plain(errorLine(stderr)),
  );
  const scale = Math.max(...found.processor.map(Math.abs));
  const off = Math.max(...found.processor.map((value, at) => Math.abs(value - (found.device[at] ?? Number.NaN))));
  if (!(off <= TOLERANCE * scale))
    throw new UserError(
      'engine-unavailable',
      `its numbers differ from the processor's by ${(off / scale).toExponential(1)}`,
    );
  const software = /lvp|swiftshader/i.test(process.env['VK_ICD_FILENAMES'] ?? '');
  return `ONNX Runtime ${ort.env.versions.node ?? ''}, checked against the processor${software ? ', in software' : ''}`;
}

/** ONNX Runtime's line without colours, time and place in its sources. */
const plain = (line: string | undefined): string | undefined =>
  // eslint-disable-next-line no-control-regex -- colours start with it
  line?.replace(/\u001b\[[\d;]*m/g, '').replace(/^.*FAIL : |^Error: /, '');

/** Convolution, activation, product, softmax: what networks spend their time on. */
function probeModel(): Uint8Array {
  const b = new GraphBuilder('probe');
  const x = b.input('x', 'float32', [1, 2, 8, 8]);
  const weights = (dims: readonly number[]) =>
    b.constant(
      f32(
        Float32Array.from({ length: dims.reduce((a, c) => a * c, 1) }, (_, at) => Math.cos(at)),
        dims,
      ),
    );
  const hidden = b.op('LeakyRelu', [b.op('Conv', [x, weights([3, 2, 3, 3])])], { alpha: float(0.1) });
  const scores = b.op('MatMul', [b.op('Reshape', [hidden, b.indices([1, 108])]), weights([108, 5])]);
  return writeOnnx(b.build([b.rename(b.op('Softmax', [scores]), 'y')]));
}
