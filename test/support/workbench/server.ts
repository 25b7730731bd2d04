/** Starts and stops one workbench server on a free loopback port, with a fresh profile. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install } from './install';

export interface WorkbenchOptions {
  /** VSIX files to install. */
  readonly extensions: readonly string[];
  /** User settings on top of the quiet defaults. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** True: folders must be trusted first, as on a desktop. Off for most tests. */
  readonly workspaceTrust?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Keep profile and port for a person; tests take a scratch folder. */
  readonly profile?: string;
  readonly port?: number;
}

export interface WorkbenchServer {
  readonly url: string;
  readonly pid: number;
  /** File of the user's settings; read when a window is opened. */
  readonly settings: string;
  /** Folder of profile, extensions and `HOME`. */
  readonly home: string;
  urlOf(folder: string): string;
  /** Everything the server wrote so far. */
  log(): string;
  stop(): Promise<void>;
}

/** No pane, tip or download that would take the window's place. */
const quietSettings = {
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.restoreWindows': 'all',
  'editor.minimap.enabled': false,
  'explorer.compactFolders': false,
  'files.hotExit': 'onExitAndWindowClose',
};

export async function startWorkbench(options: WorkbenchOptions): Promise<WorkbenchServer> {
  const { node, entry } = await install((line) => process.stderr.write(`${line}\n`));
  const scratch = options.profile === undefined;
  const home = options.profile ?? mkdtempSync(join(tmpdir(), 'model-blame-workbench-'));
  const data = join(home, 'data');
  const extensions = join(home, 'extensions');
  const config = join(home, 'empty.yaml');
  mkdirSync(join(data, 'User'), { recursive: true });
  mkdirSync(extensions, { recursive: true });
  writeFileSync(config, '');
  const settings = join(data, 'User', 'settings.json');
  // A profile that is kept has its person's own settings from the second start on.
  if (scratch || !existsSync(settings))
    writeFileSync(settings, JSON.stringify({ ...quietSettings, ...options.settings }, undefined, 2));
  const places = ['--user-data-dir', data, '--extensions-dir', extensions, '--config', config];
  const env = { ...withoutEditor(process.env), HOME: home, ...options.env };
  for (const vsix of options.extensions) {
    const run = spawnSync(node, [entry, '--install-extension', vsix, '--force', ...places], { env, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${vsix} could not be installed:\n${run.stdout}${run.stderr}`);
  }
  const port = options.port ?? (await freePort());
  const child = spawn(
    node,
    [
      entry,
      ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, ...places],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      '--ignore-last-opened',
      ...(options.workspaceTrust === true ? [] : ['--disable-workspace-trust']),
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let log = '';
  const keep = (chunk: Buffer) => {
    log += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const kill = () => killGroup(child, 'SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    await end(child);
    if (scratch) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await answering(url, child, () => log);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    pid: child.pid ?? 0,
    home,
    settings,
    urlOf: (folder) => `${url}/?folder=${encodeURIComponent(folder)}`,
    log: () => readable(log),
    stop,
  };
}

/** Without the pages of stack about native modules that this workbench lacks on purpose. */
function readable(log: string): string {
  return log
    .split('\n')
    .filter((line) => /^\S*\[/.test(line) && !line.includes('spdlog'))
    .join('\n');
}

/** An editor's own terminal passes variables that would change this server's behaviour. */
function withoutEditor(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('VSCODE_') && !name.startsWith('NODE_')),
  );
}

async function answering(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const until = Date.now() + 300_000;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`the workbench ended with ${child.exitCode}:\n${log()}`);
    try {
      if ((await fetch(`${url}/healthz`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the workbench does not answer:\n${log()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** The server is its own process group: extension hosts and file watchers end with it. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Already gone.
  }
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  killGroup(child, 'SIGTERM');
  const timer = setTimeout(() => killGroup(child, 'SIGKILL'), 5000);
  await gone;
  clearTimeout(timer);
  killGroup(child, 'SIGKILL');
}
