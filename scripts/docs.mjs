// Makes docs/methods.md from the table of methods: `node scripts/docs.mjs`; `--check` only says whether it is up to date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tsImport } from 'tsx/esm/api';
import { fail, root } from './lib/steps.mjs';

const { METHODS } = await tsImport('../server/explain/methods/index.ts', import.meta.url);
const { methodsPage } = await tsImport('../server/render/methodsPage.ts', import.meta.url);

const { composites } = await tsImport('../server/program/rules/lrp/composites.ts', import.meta.url);
const { ruleDocs } = await tsImport('../server/program/rules/lrp/rule-docs.ts', import.meta.url);

const page = join(root, 'docs', 'methods.md');
const content = methodsPage(
  METHODS.map(({ info }) => info),
  { rules: ruleDocs, composites },
);
if (!process.argv.includes('--check')) {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, content);
} else if (!existsSync(page) || readFileSync(page, 'utf8') !== content)
  fail('docs/methods.md is out of date: npm run docs', 1);
