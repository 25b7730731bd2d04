/**
 * The native backend, `@tensorflow/tfjs-node` (or `-gpu`): an optional package whose library has to be fetched or
 * linked (`npm run setup:tensorflow`). That it is installed proves nothing, and a library that does not fit may end
 * the process: it is loaded in a process of its own first, which computes something.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { UserError } from '../../errors';
import { errorLine, inProcess } from '../probe';

type NodeBackend = 'node' | 'node-gpu';

const packages: Readonly<Record<NodeBackend, string>> = {
  node: '@tensorflow/tfjs-node',
  'node-gpu': '@tensorflow/tfjs-node-gpu',
};

/** Node 23 dropped two functions that the package still calls. */
const RESTORED = `const util = require('node:util');
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;`;

/** Loads the package at argv[1], multiplies two matrices and prints what it is. */
const PROBE = `${RESTORED}
const tf = require(process.argv[1]);
const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
const product = Array.from(tf.matMul(a, a).dataSync());
const { binding, isUsingGpuDevice } = tf.backend();
console.log(JSON.stringify({
  product, gpu: isUsingGpuDevice === true, library: binding.TF_Version ?? null, version: tf.version['tfjs-node'],
}));`;

/** TensorFlow tells its CPU's virtues on stderr. */
const QUIET = { TF_CPP_MIN_LOG_LEVEL: '3' };

interface Found {
  readonly product: readonly number[];
  readonly gpu: boolean;
  readonly library: string | null;
  readonly version: string;
}

/** What the package is, as a process of its own found it. @throws UserError `engine-unavailable` with the reason. */
export async function probeNode(name: NodeBackend, folder: string | null): Promise<string> {
  const found = await probe(pathOf(name, folder), folder);
  if (found.product.join() !== '7,10,15,22')
    throw new UserError('engine-unavailable', `the library multiplies wrongly: ${found.product.join(', ')}`);
  if (name === 'node-gpu' && !found.gpu)
    throw new UserError('engine-unavailable', 'TensorFlow finds no GPU it can use (CUDA and cuDNN of its version)');
  return `TensorFlow ${found.library ?? ''}, tfjs-node ${found.version}`;
}

/** Registers the backend in this process. @param threads Of one run; 0 for TensorFlow's own choice. */
export function registerNode(name: NodeBackend, folder: string | null, threads: number): void {
  const load = createRequire(import.meta.url);
  const util = load('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
  Object.assign(process.env, QUIET, threads === 0 ? {} : { TF_NUM_INTRAOP_THREADS: String(threads) });
  load(pathOf(name, folder));
}

/**
 * @param folder A folder with the package (in its `node_modules`), the package's own, or null for the one beside this
 *   program.
 */
function pathOf(name: NodeBackend, folder: string | null): string {
  const wanted = packages[name];
  const from = folder === null ? import.meta.url : join(resolve(folder), 'package.json');
  try {
    return createRequire(from).resolve(wanted);
  } catch {
    if (folder === null)
      throw new UserError('engine-unavailable', `${wanted} is not installed`, {
        next: `run npm install ${wanted} in a folder, and name it in modelBlame.tensorflow.path (MODEL_BLAME_TENSORFLOW on the command line)`,
      });
    if (packageName(from) === wanted) return resolve(folder);
    throw new UserError('engine-unavailable', `there is no ${wanted} in ${resolve(folder)}`, {
      next: `modelBlame.tensorflow.path (MODEL_BLAME_TENSORFLOW on the command line) has to name the folder in which it was installed`,
    });
  }
}

function packageName(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly name?: unknown }).name;
  } catch {
    return undefined;
  }
}

function probe(path: string, folder: string | null): Promise<Found> {
  const setUp =
    folder === null ? 'npm run setup:tensorflow' : `npm rebuild @tensorflow/tfjs-node in ${resolve(folder)}`;
  return inProcess<Found>(['-e', PROBE, path], (stderr) => {
    const line = errorLine(stderr);
    return line?.includes('can not be found at path') === true
      ? `its native library is not there: ${setUp} fetches it`
      : line;
  });
}
