// Generates the data files of the examples from npm packages (and a seeded generator for the table) into the
// ignored folders examples/*/data. Run by `npm start` and `npm test`; does nothing where the data is there.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { prepareDigits } from './digits/prepare.mjs';
import { prepareMail } from './mail/prepare.mjs';
import { prepareTable } from './table/prepare.mjs';

/** Written last; a change of the generators needs a new number. */
const VERSION = '1';
const here = fileURLToPath(new URL('.', import.meta.url));

for (const [name, prepare] of [
  ['mail', prepareMail],
  ['digits', prepareDigits],
  ['table', prepareTable],
]) {
  const data = join(here, name, 'data');
  const stamp = join(data, `.complete-${VERSION}`);
  if (existsSync(stamp) && !process.argv.includes('--force')) continue;
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const summary = prepare(data);
  writeFileSync(stamp, '');
  console.log(`examples/${name}/data: ${summary}`);
}
