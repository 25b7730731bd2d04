/** `model-blame methods`, and the page that is made of the same texts. */
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { METHODS } from '../../../server/explain/methods';
import { composites } from '../../../server/program/rules/lrp/composites';
import { ruleDocs } from '../../../server/program/rules/lrp/rule-docs';
import { methodsPage } from '../../../server/render/methodsPage';
import { modelBlame } from './fakes';

const infos = METHODS.map(({ info }) => info);

test('docs/methods.md says what the methods say', () => {
  const page = readFileSync(new URL('../../../docs/methods.md', import.meta.url), 'utf8');
  const now = methodsPage(infos, { rules: ruleDocs, composites });
  assert.ok(page === now, 'docs/methods.md is out of date: npm run docs');
});

test('every method is on the page with its meaning, cost, papers and parameters', () => {
  const page = methodsPage(infos, { rules: ruleDocs, composites });
  for (const { id, cost, papers, parameters } of infos) {
    assert.ok(page.includes(`- **Id:** \`${id}\``), id);
    const own = page.slice(page.indexOf(`- **Id:** \`${id}\``));
    const section = own.slice(0, own.indexOf('\n##'));
    for (const text of [cost, ...papers]) assert.ok(own.includes(text.replace(/[\\`*_<>[\]]/g, String.raw`\$&`)), text);
    for (const { name } of parameters) assert.ok((section || own).includes(`| \`${name}\` |`), `${id}: ${name}`);
  }
  assert.match(page, /described as patented/);
});

test('methods lists all by family with what they cost', async () => {
  const { code, stdout } = await modelBlame(['methods']);
  assert.equal(code, 0);
  for (const { id, cost } of infos) {
    assert.match(stdout, new RegExp(`^${id} `, 'm'));
    assert.ok(stdout.includes(`cost: ${cost}`), id);
  }
  assert.ok(stdout.indexOf('Relevance propagation') < stdout.indexOf('Inner layers'));
});

test('methods ID tells all about one, by either way of asking; unknown ones are refused with the known', async () => {
  const [first, second] = [await modelBlame(['methods', 'lrp']), await modelBlame(['methods', '--method', 'lrp'])];
  assert.equal(first.stdout, second.stdout);
  for (const part of ['formula', 'needs', 'misleads', 'axioms', 'papers', 'composite=auto', 'inputRule=none'])
    assert.ok(first.stdout.includes(part), part);
  const { code, stderr } = await modelBlame(['methods', 'lrpp']);
  assert.equal(code, 2);
  assert.match(stderr, /no method “lrpp”.*deep-taylor/);
});

test('methods as JSON: the whole table', async () => {
  const { stdout } = await modelBlame(['methods', '--format', 'json']);
  assert.deepEqual(
    (JSON.parse(stdout) as readonly { id: string }[]).map(({ id }) => id),
    infos.map(({ id }) => id),
  );
});
