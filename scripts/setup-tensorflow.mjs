// `npm run setup:tensorflow [-- --from DIR]`: gives @tensorflow/tfjs-node its native library. By default it is linked
// against a TensorFlow that is on the machine already (Python's package: `--from`, TENSORFLOW_DIR, or what python3
// finds), and else the package's own script downloads one. Node built-ins only.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root } from './lib/steps.mjs';

const { values } = parseArgs({ options: { from: { type: 'string' } } });
const module = join(root, 'node_modules', '@tensorflow', 'tfjs-node');
if (!existsSync(module)) fail('@tensorflow/tfjs-node is not installed: run npm ci (it is an optional dependency).', 1);

const tensorflow = values.from ?? process.env.TENSORFLOW_DIR ?? pythonPackage();
if (values.from !== undefined && process.platform !== 'linux')
  fail('--from links on Linux only; elsewhere leave it out.', 1);
if (tensorflow !== null && process.platform === 'linux') link(resolve(tensorflow));
else download();
check();

/** Where Python has TensorFlow, without importing it. */
function pythonPackage() {
  const ask =
    "import importlib.util as u; s = u.find_spec('tensorflow'); print(s.submodule_search_locations[0] if s else '')";
  const { stdout } = spawnSync('python3', ['-c', ask], { encoding: 'utf8' });
  const path = (stdout ?? '').trim();
  return path !== '' && existsSync(join(path, 'include', 'tensorflow', 'c', 'c_api.h')) ? path : null;
}

/** Compiles the package's N-API addon against the headers and libraries of a TensorFlow. */
function link(from) {
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
  for (const name of [...libraries, 'include/tensorflow/c/eager/c_api.h'])
    if (!existsSync(join(from, name)))
      fail(`${join(from, name)} is missing: --from wants the folder of Python's package tensorflow.`, 1);
  const target = join(module, 'lib', 'napi-v8');
  mkdirSync(target, { recursive: true });
  console.log(`Linking tfjs-node against ${from}`);
  const args = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'];
  const includes = [nodeHeaders(), module, join(from, 'include')].map((path) => `-I${path}`);
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(module, 'binding', name));
  const linked = [`-L${from}`, ...libraries.map((name) => `-l:${name}`), `-Wl,-rpath,${from}`];
  const command = [...args, ...includes, ...sources, '-o', join(target, 'tfjs_binding.node'), ...linked];
  run(process.env.CXX ?? 'g++', command, root, 'A compiler for C++17 is needed: g++ 9 or later, or another by CXX.');
}

/** Node's own headers: beside the program, where a distribution puts them, or in the npm package of this version. */
function nodeHeaders() {
  const own = join(dirname(dirname(process.execPath)), 'include', 'node');
  for (const path of [process.env.NODE_HEADERS, own, '/usr/include/node'])
    if (path !== undefined && existsSync(join(path, 'node_api.h'))) return path;
  const cache = join(root, 'out', 'node-headers');
  const name = `node-${process.platform}-${process.arch}`;
  run('npm', ['install', '--no-save', '--ignore-scripts', '--prefix', cache, `${name}@${process.versions.node}`]);
  const path = join(cache, 'node_modules', name, 'include', 'node');
  if (!existsSync(join(path, 'node_api.h')))
    fail(`Node's headers are not to be found; set NODE_HEADERS to the folder with node_api.h.`, 1);
  return path;
}

/** The package's own way: a prebuilt library from the network. */
function download() {
  console.log('No TensorFlow found on this machine: tfjs-node downloads its own (over 100 MB)');
  const advice =
    'Where it cannot be downloaded: python3 -m pip install --no-deps --target DIR tensorflow-cpu, then --from DIR/tensorflow (Linux).';
  run(process.execPath, [join(module, 'scripts', 'install.js')], module, advice);
}

function check() {
  const script = `const util = require('node:util'); util.isNullOrUndefined ??= (x) => x == null; util.isArray ??= Array.isArray;
    const tf = require(process.argv[1]); const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    console.log(String(tf.matMul(a, a).dataSync()), tf.backend().binding.TF_Version);`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script, module], { encoding: 'utf8', env });
  if (status !== 0 || !stdout.startsWith('7,10,15,22 ')) fail(`tfjs-node does not work:\n${stdout}${stderr}`, 1);
  const { version } = JSON.parse(readFileSync(join(module, 'package.json'), 'utf8'));
  console.log(`tensorflow/node works: tfjs-node ${version} on TensorFlow ${stdout.trim().split(' ')[1]}`);
}

function run(command, args, cwd = root, advice = '') {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (error !== undefined) fail(`${command} cannot be started: ${error.message}. ${advice}`.trim(), 1);
  if (status !== 0) fail(`${command} failed; see above. ${advice}`.trim(), 1);
}
