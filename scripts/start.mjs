// `npm start`: from a fresh clone to an explanation. Installs, builds, explains a misclassified mail in the terminal
// and writes the report. `npm start -- --open` then opens the example in desktop VS Code. Node built-ins only.
import { existsSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { openInCode } from './lib/open.mjs';
import { buildPrograms, checkNode, fail, installIfNeeded, prepareExamples, root, run } from './lib/steps.mjs';

/** A chain letter that the model takes for honest mail, because of one word. */
const RECORD = 524;

const args = process.argv.slice(2);
const unknown = args.find((arg) => arg !== '--open');
if (unknown !== undefined) fail(`npm start knows only --open, not ${unknown}.`);

checkNode();
await installIfNeeded();
await buildPrograms();
await prepareExamples();

const example = join(root, 'examples', 'mail');
const sample = `${join('examples', 'mail', 'data', 'test.csv')}#${RECORD}`;
const report = join(root, 'out', 'mail.html');
mkdirSync(join(root, 'out'), { recursive: true });
const cli = join(root, 'dist', 'cli.js');

console.log(`── model-blame explain ${sample}\n`);
const code = await run(process.execPath, [cli, 'explain', sample]);
if (code !== 0) fail(`model-blame ended with exit code ${code}.`, code);
const reported = await run(process.execPath, [cli, 'explain', sample, '--out', report], { quiet: true });
if (reported !== 0 || !existsSync(report)) fail('The report could not be written.', 1);

console.log(`
Report  ${report}
Sample  ${join(root, sample)}

Open the example in VS Code, then right-click a row of data/test.csv → “Explain”:
  npm start -- --open    desktop VS Code, straight from this folder; nothing is installed in your profile
  npm run workbench      the same in a browser
On the command line: node ${relative(process.cwd(), cli)} --help`);

if (args.includes('--open')) process.exitCode = await openInCode(example, join(example, 'data', 'test.csv'));
