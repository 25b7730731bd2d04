import { test } from 'node:test';
import assert from 'node:assert/strict';
import { UserError } from '../../../server/errors';
import { guessColumns } from '../../../server/workspace/guess';
import { classOf } from '../../../server/workspace/labels';
import { parseWorkspaceFile } from '../../../server/workspace/parse';
import { propose } from '../../../server/workspace/propose';

const uri = 'file:///w/model-blame.json';
/** Plain objects: parsed ones have no prototype. */
const contentOf = (text: string): unknown => JSON.parse(JSON.stringify(parseWorkspaceFile(text).file));
const proposal = { name: 'mail', model: { path: 'models/mail.onnx' }, dataset: { files: 'mail.csv', text: 'body' } };

test('a new file', () => {
  const content = propose(uri, null, proposal);
  assert.deepEqual(contentOf(content), {
    models: { mail: { path: 'models/mail.onnx' } },
    datasets: [{ files: 'mail.csv', text: 'body', model: 'mail' }],
  });
  assert.ok(content.endsWith('}\n'));
});

test('comments and formatting of an existing file are kept: only lines are added', () => {
  const existing = `{
\t// the old one
\t"models": {
\t\t"old": { "path": "old.onnx" } // keep
\t},
\t"datasets": [
\t\t{ "files": "old.csv", "model": "old" }
\t]
}
`;
  const content = propose(uri, existing, proposal);
  assert.equal(
    content,
    `{
\t// the old one
\t"models": {
\t\t"old": { "path": "old.onnx" }, // keep
\t\t"mail": {
\t\t\t"path": "models/mail.onnx"
\t\t}
\t},
\t"datasets": [
\t\t{ "files": "old.csv", "model": "old" },
\t\t{
\t\t\t"files": "mail.csv",
\t\t\t"text": "body",
\t\t\t"model": "mail"
\t\t}
\t]
}
`,
  );
});

test('files on one line, with trailing commas, empty or with CRLF stay valid', () => {
  const cases = [
    '{}',
    '{"models": {}}',
    '{"models": {"old": {"path": "o"}}}',
    '{"models": {"old": {"path": "o"},}, "datasets": [{"files": "o"},],}',
    '{\r\n  "models": {\r\n    "old": { "path": "o" }, /* x */\r\n  },\r\n  "datasets": []\r\n}',
    '{ "models": { "old": { "path": "o" } /* a */ }, // b\n "datasets": [ /* none */ ] }',
    '\uFEFF{ "models": { "old": { "path": "o" } } }',
  ];
  for (const existing of cases) {
    const content = propose(uri, existing, proposal);
    const { file, problems } = parseWorkspaceFile(content);
    assert.deepEqual(problems, [], content);
    assert.equal(file?.models?.['mail']?.path, 'models/mail.onnx', content);
    assert.equal(file.datasets?.at(-1)?.files, 'mail.csv', content);
    for (const comment of existing.match(/\/\*.*?\*\/|\/\/.*/g) ?? []) assert.ok(content.includes(comment), content);
  }
});

test('a model that is there keeps its name, a dataset that is there is updated, a taken name gets a number', () => {
  const existing =
    '{"models": {"x": {"path": "./models/mail.onnx"}}, "datasets": [{"files": "mail.csv", "label": "y"}]}';
  assert.deepEqual(contentOf(propose(uri, existing, proposal)), {
    models: { x: { path: './models/mail.onnx' } },
    datasets: [{ files: 'mail.csv', label: 'y', text: 'body', model: 'x' }],
  });
  const taken = parseWorkspaceFile(propose(uri, '{"models": {"mail": {"path": "other.onnx"}}}', proposal)).file;
  assert.deepEqual(Object.keys(taken?.models ?? {}), ['mail', 'mail-2']);
});

test('a broken file is not overwritten', () => {
  assert.throws(
    () => propose(uri, '{"models": ', proposal),
    (error) => error instanceof UserError && error.code === 'invalid-json' && error.uri === uri,
  );
});

test('columns by name', () => {
  const columns = (...names: string[]) => names.map((name) => ({ name, values: [] }));
  assert.deepEqual(guessColumns(columns('id', 'review', 'stars')), { text: 'review', label: 'stars' });
  assert.deepEqual(guessColumns(columns('Label', 'Text')), { text: 'Text', label: 'Label' });
  assert.deepEqual(guessColumns(columns('goldLabel', 'review_text')), { text: 'review_text', label: 'goldLabel' });
});

test('columns by their values', () => {
  const guess = guessColumns([
    { name: 'a', values: ['1', '2', '3', '4'] },
    { name: 'b', values: ['not so good', 'what a film', 'quite nice', 'bad bad bad'] },
    { name: 'c', values: ['neg', 'pos', 'pos', 'neg'] },
  ]);
  assert.deepEqual(guess, { text: 'b', label: 'c' });
  assert.deepEqual(guessColumns([{ name: 'a', values: ['1', '2', '3', '4'] }]), {});
});

test('gold labels: by name, without case, by number; others are none', () => {
  const labels = ['Ham', 'Spam'];
  assert.equal(classOf('Spam', labels), 1);
  assert.equal(classOf(' spam ', labels), 1);
  assert.equal(classOf('0', labels), 0);
  assert.equal(classOf('1.0', labels), 1);
  assert.equal(classOf('2', labels), null);
  assert.equal(classOf('junk', labels), null);
  assert.equal(classOf('', labels), null);
  assert.equal(classOf('1', ['3', '1']), 1, 'a name before a number');
});

test('gold labels of classes named by numbers: the same number, never the index', () => {
  const stars = ['1', '2', '3'];
  assert.equal(classOf('1.0', stars), 0, 'as pandas writes a column with empty cells');
  assert.equal(classOf('3.0', stars), 2);
  assert.equal(classOf('0', stars), null);
  assert.equal(classOf('2.5', stars), null);
  assert.equal(classOf('-1', ['-1', '1']), 0);
  assert.equal(classOf('1', ['-1.0', '1.0']), 1);
  assert.equal(classOf('true', ['0', '1']), 1);
  assert.equal(classOf('False', ['0', '1']), 0);
  assert.equal(classOf('1', ['True', 'False']), 0);
  assert.equal(classOf('true', ['class 0', 'class 1']), 1, 'a model without names');
  assert.equal(classOf('true', ['ham', 'spam']), null);
});
