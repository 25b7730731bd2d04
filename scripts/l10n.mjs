// Collects the texts of the extension for translators: `node scripts/l10n.mjs` writes l10n/bundle.l10n.json,
// `--check` only says whether it is up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root } from './lib/steps.mjs';

const bundle = join(root, 'l10n', 'bundle.l10n.json');
const texts = readdirSync(join(root, 'extension'), { recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => [
    ...readFileSync(join(root, 'extension', name), 'utf8').matchAll(/l10n\.t\(\s*'((?:[^'\\]|\\.)*)'/g),
  ])
  .map(([, text]) => text.replaceAll("\\'", "'"));
const content = `${JSON.stringify(Object.fromEntries([...new Set(texts)].sort().map((text) => [text, text])), null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(bundle, content);
else if (readFileSync(bundle, 'utf8') !== content)
  fail('l10n/bundle.l10n.json is out of date: node scripts/l10n.mjs', 1);
