// `npm run workbench`: VS Code in a browser (code-server) with this extension, on the examples. The first time it
// downloads the workbench into a cache folder outside the repository. Prints the address; Ctrl-C ends everything.
// Node built-ins only; what follows the installation is test/support/workbench/serve.ts.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkNode, fail, installIfNeeded, prepareExamples, root, run } from './lib/steps.mjs';

const { values, positionals } = parseArgs({ options: { port: { type: 'string' } }, allowPositionals: true });
if (process.platform === 'win32')
  fail('The browser workbench (code-server) has no Windows build. Use “npm start -- --open” or WSL.');
const folder = resolve(positionals[0] ?? join(root, 'examples'));
if (!existsSync(folder)) fail(`${folder} is not there. Name a folder: npm run workbench -- path/to/folder`);

checkNode();
await installIfNeeded();
if (positionals.length === 0) await prepareExamples();
const serve = join(root, 'test', 'support', 'workbench', 'serve.ts');
process.exitCode = await run(process.execPath, ['--import', 'tsx', serve, folder, values.port ?? '']);
