// The native modules a packaged extension carries: only what runs, only for one platform. Node built-ins only.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fail, npm, root } from './steps.mjs';

/** VS Code's names of platforms, and how the modules call them. */
export const targets = {
  'linux-x64': { os: 'linux', cpu: 'x64', libc: 'glibc', tokenizers: 'linux-x64-gnu' },
  'linux-arm64': { os: 'linux', cpu: 'arm64', libc: 'glibc', tokenizers: 'linux-arm64-gnu' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64', tokenizers: 'darwin-arm64' },
  'win32-x64': { os: 'win32', cpu: 'x64', tokenizers: 'win32-x64-msvc' },
  'win32-arm64': { os: 'win32', cpu: 'arm64', tokenizers: 'win32-arm64-msvc' },
};

/** Not needed to run: documentation, sources, types, maps, install scripts. Licences stay. */
const idle = /(^|[\\/])(readme\.md|changelog\.md|src|install|script|\.github)([\\/]|$)|\.(d\.[cm]?ts|map|ts)$/i;

/** Copies the modules for `target` into `folder` (a `node_modules`). */
export async function copyNative(target, folder) {
  const { os, cpu, tokenizers } = targets[target];
  const sharp = `@img/sharp-${os}-${cpu}`;
  const libvips = `@img/sharp-libvips-${os}-${cpu}`;
  const own = `${process.platform}-${process.arch}` === target;
  const pictures = own ? join(root, 'node_modules') : await fetchSharp(target);
  const copy = (from, name, filter = () => true) => {
    const source = join(from, name);
    if (!existsSync(source)) fail(`${source} is missing: run npm ci`, 1);
    cpSync(source, join(folder, name), {
      recursive: true,
      filter: (path) =>
        !idle.test(path.slice(source.length)) && filter(path.slice(source.length).replaceAll('\\', '/')),
    });
  };
  const here = join(root, 'node_modules');
  copy(here, 'onnxruntime-common', (path) => !/^\/(dist\/esm|lib|__commit)/.test(path));
  copy(here, 'onnxruntime-node', (path) => {
    if (path.startsWith('/lib')) return false;
    // The library is there twice on macOS; the binding asks for the short name.
    if (/libonnxruntime\.\d+\.\d+.*\.dylib$/.test(path)) return false;
    const [platform, architecture] = /^\/bin\/[^/]+\/(.+)$/.exec(path)?.[1]?.split('/') ?? [];
    return (platform ?? os) === os && (architecture ?? cpu) === cpu;
  });
  copy(here, 'tokenizers', (path) => !path.endsWith('.node') || path === `/tokenizers.${tokenizers}.node`);
  for (const name of ['sharp', ...dependenciesOf(join(here, 'sharp'))]) copy(here, name);
  copy(pictures, sharp);
  // On Windows the library is inside the first package.
  if (existsSync(join(pictures, libvips))) copy(pictures, libvips);
  removeEmpty(folder);
}

/** What `sharp` needs at run time besides its binaries, and what that needs. */
function dependenciesOf(module) {
  const manifest = JSON.parse(readFileSync(join(module, 'package.json'), 'utf8'));
  const names = Object.keys(manifest.dependencies ?? {});
  return [...new Set([...names, ...names.flatMap((name) => dependenciesOf(join(root, 'node_modules', name)))])];
}

/** The picture library's binaries of another platform, from the registry into `out/native`. */
async function fetchSharp(target) {
  const { os, cpu, libc } = targets[target];
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'sharp', 'package.json'), 'utf8'));
  const place = join(root, 'out', 'native', target);
  mkdirSync(place, { recursive: true });
  const code = await npm(
    [
      'install',
      `sharp@${version}`,
      '--prefix',
      place,
      `--os=${os}`,
      `--cpu=${cpu}`,
      ...(libc === undefined ? [] : [`--libc=${libc}`]),
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
    ],
    { quiet: true },
  );
  if (code !== 0) fail(`The binaries of sharp for ${target} could not be fetched; see above.`, 1);
  return join(place, 'node_modules');
}

function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    removeEmpty(path);
    if (readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}
