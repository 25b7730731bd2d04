// Opens a folder in desktop VS Code with the extension of this checkout, without installing it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './steps.mjs';

const windows = process.platform === 'win32';

/** `VSCODE_EXECUTABLE`, or the first of the usual names on the path; null when there is none. */
export function findCode(env = process.env) {
  const named = env.VSCODE_EXECUTABLE;
  if (named !== undefined && named !== '') return existsSync(named) ? named : null;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const names = ['code', 'code-insiders', 'codium'].map((name) => (windows ? `${name}.cmd` : name));
  const usual =
    process.platform === 'darwin' ? ['/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code'] : [];
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...usual].find(existsSync) ?? null;
}

/** @returns exit code: 0 when VS Code was started, 2 when it is not there. */
export async function openInCode(folder, file) {
  const code = findCode();
  if (code === null) {
    console.error(`
VS Code was not found. In VS Code, run “Shell Command: Install 'code' command in PATH” (macOS), or name it:
  VSCODE_EXECUTABLE=/path/to/code npm start -- --open
Without a desktop: npm run workbench`);
    return 2;
  }
  const args = ['--new-window', `--extensionDevelopmentPath=${root}`, folder, file];
  console.log(`\n${code} ${args.join(' ')}`);
  // A .cmd needs a shell; paths are quoted for it.
  const child = windows
    ? spawn(
        `"${code}"`,
        args.map((arg) => `"${arg}"`),
        { shell: true, stdio: 'ignore', detached: true },
      )
    : spawn(code, args, { stdio: 'ignore', detached: true });
  return await new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`VS Code could not be started: ${error.message}`);
      resolve(2);
    });
    child.on('spawn', () => {
      child.unref();
      resolve(0);
    });
  });
}
