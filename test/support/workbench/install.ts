/**
 * The browser workbench (`code-server`) lives in a cache folder outside the repository: it is large and has its own
 * dependency tree. Installed once, from the package registry, without running install scripts.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The version the selectors of `pages/` were written against. */
const codeServer = 'code-server@4.139.1';
const nodeMajor = 24;

export interface Installation {
  /** Node the workbench runs on. */
  readonly node: string;
  /** Script that starts the workbench. */
  readonly entry: string;
}

/** `MODEL_BLAME_CACHE`, or `~/.cache/model-blame`. */
export function cacheFolder(): string {
  return process.env['MODEL_BLAME_CACHE'] ?? join(homedir(), '.cache', 'model-blame');
}

/** Null where the workbench can run; otherwise the reason, for the test summary. */
export function whyNoWorkbench(): string | null {
  if (process.platform === 'win32') return 'code-server has no Windows build';
  return null;
}

/**
 * Installs the workbench when it is not there: beside its place first, so that what stands there is always whole, also
 * when two runs install at once or one is stopped in the middle.
 * @param report Called with one line a step; the download is several hundred megabytes.
 */
export async function install(report: (line: string) => void = () => undefined): Promise<Installation> {
  const root = join(cacheFolder(), `workbench-${codeServer}`);
  const nodePackage = `node-${process.platform}-${process.arch}`;
  const own = Number(process.versions.node.split('.')[0]) === nodeMajor;
  if (!existsSync(root)) {
    mkdirSync(cacheFolder(), { recursive: true });
    const fresh = mkdtempSync(join(cacheFolder(), 'installing-'));
    try {
      writeFileSync(join(fresh, 'package.json'), '{ "name": "model-blame-workbench", "private": true }\n');
      report(`installing ${codeServer} into ${root} (once, 600–800 MB)`);
      await npm(fresh, ['install', ...(own ? [codeServer] : [codeServer, `${nodePackage}@${nodeMajor}`])]);
      report('installing the workbench’s own dependencies');
      // What code-server's install script would do; scripts stay off.
      await npm(join(fresh, 'node_modules', 'code-server', 'lib', 'vscode'), ['install', '--omit=dev']);
      renameSync(fresh, root);
    } catch (error) {
      // Another run was faster, and its installation is as good.
      if (!existsSync(root)) throw error;
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  const modules = join(root, 'node_modules');
  const entry = join(modules, 'code-server', 'out', 'node', 'entry.js');
  const node = own ? process.execPath : join(modules, nodePackage, 'bin', 'node');
  return { node, entry };
}

/** Chromium of the system, or `MODEL_BLAME_CHROMIUM`; null when there is none. */
export function findChromium(): string | null {
  const named = process.env['MODEL_BLAME_CHROMIUM'];
  const usual = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return [...(named === undefined ? [] : [named]), ...usual].find(existsSync) ?? null;
}

function npm(cwd: string, args: readonly string[]): Promise<void> {
  const npmScript = process.env['npm_execpath'];
  const [command, first] =
    npmScript?.endsWith('.js') === true ? [process.execPath, [npmScript]] : ['npm', [] as string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args, '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`npm ${args.join(' ')} failed:\n${errors}`));
    });
  });
}
