/** Flags in the workspace file: which hold for a dataset, and edits that leave everything else as it was. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parse } from 'jsonc-parser';
import { parseWorkspaceFile } from '../../../server/workspace/parse';
import { commonGlob, globFor, shortcutsOf, withShortcuts } from '../../../server/workspace/shortcuts';
import { hasCode } from '../services/fakes';
import type { LoadedWorkspace } from '../../../server/workspace/locate';

const uri = 'file:///w/model-blame.json';
const text = `{
  // The model of the paper.
  "models": { "mail": { "path": "mail.onnx" } },
  "datasets": [
    { "files": "data/*.csv", "model": "mail" }, // all splits
  ],
  "shortcuts": [
    // Quotations begin so.
    { "files": "data/*.csv", "features": ["wrote", "re"] }, // asked Ann
    { "files": "data/test.csv", "features": ["free"] }
  ]
}
`;

function loaded(source: string): LoadedWorkspace {
  const { file, rangeOf, problems } = parseWorkspaceFile(source);
  assert.ok(file !== null, JSON.stringify(problems));
  return { uri, folder: '/w', root: '/w', file, rangeOf };
}

const flagged = (source: string): readonly string[] => shortcutsOf(loaded(source), ['/w/data/test.csv']);
const edited = (features: readonly string[], source: string | null = text): string =>
  withShortcuts(uri, source, ['data/test.csv'], 'data/test.csv', features);

test('all entries that match a file count, once each', () => {
  assert.deepEqual(flagged(text), ['wrote', 're', 'free']);
  assert.deepEqual(shortcutsOf(loaded(text), ['/w/data/train.csv']), ['wrote', 're']);
  assert.deepEqual(shortcutsOf(loaded(text), ['/w/other.csv']), []);
});

test('a flag more goes into the entry that is there; comments and layout stay', () => {
  const after = edited(['wrote', 're', 'free', 'on']);
  assert.equal(after, text.replace('["wrote", "re"]', '["wrote", "re", "on"]'));
  assert.deepEqual(flagged(after), ['wrote', 're', 'on', 'free']);
});

test('a flag less; an entry without any goes', () => {
  const less = edited(['wrote', 'free']);
  assert.equal(less, text.replace('["wrote", "re"]', '["wrote"]'));
  assert.equal(edited(['re', 'free']), text.replace('["wrote", "re"]', '["re"]'));
  const gone = edited(['wrote', 're']);
  assert.equal(
    gone,
    text.replace(', // asked Ann\n    { "files": "data/test.csv", "features": ["free"] }', ' // asked Ann'),
  );
  assert.deepEqual((parse(gone) as { shortcuts: unknown }).shortcuts, [
    { files: 'data/*.csv', features: ['wrote', 're'] },
  ]);
  assert.match(gone, /Quotations begin so\.[^]*asked Ann/);
  assert.deepEqual(flagged(edited([])), []);
  const trailing =
    '{ "shortcuts": [\n  {\n    "files": "data/test.csv",\n    "features": [\n      "a", // first\n      "b",\n    ],\n  },\n] }\n';
  assert.equal(edited(['a'], trailing), trailing.replace('      "b",\n', ''));
  assert.equal(edited(['b'], trailing), trailing.replace('      "a", // first\n', ''));
});

test('without a list, and without a file', () => {
  const plain = '{\r\n\t"models": {} // none yet\r\n}\r\n';
  const after = edited(['wrote'], plain);
  assert.match(after, /"models": \{\}, \/\/ none yet\r\n\t"shortcuts": \[/);
  assert.deepEqual(flagged(after), ['wrote']);
  assert.deepEqual(flagged(edited(['wrote'], null)), ['wrote']);
});

test('files of several entries: a new one, of what they have in common', () => {
  const two = ['pictures/3/a.png', 'pictures/8/b.png'];
  const glob = globFor(null, '/w', ['/w/pictures/3/a.png', '/w/pictures/8/b.png']);
  assert.equal(glob, 'pictures/**/*.png');
  assert.deepEqual((parse(withShortcuts(uri, '{}', two, glob, ['0,0,6,6'])) as { shortcuts: unknown }).shortcuts, [
    { files: glob, features: ['0,0,6,6'] },
  ]);
  assert.equal(globFor(loaded(text), '/w', ['/w/data/test.csv']), 'data/*.csv', 'as the dataset names them');
  assert.equal(commonGlob(['data/test.csv']), 'data/test.csv', 'a check is about what was looked at');
  assert.equal(commonGlob(['../a/x.csv', '../b/y.csv']), '../**/*.csv');
});

test('what is no list of flags is a problem at its place, and nothing is written into a broken file', () => {
  const wrong = text.replace('["wrote", "re"]', '"wrote"');
  const { file, problems } = parseWorkspaceFile(wrong);
  assert.equal(file, null);
  assert.equal(problems[0]?.range.start.line, 8);
  assert.throws(() => edited(['x'], wrong), hasCode('wrong-type'));
  assert.throws(() => edited(['x'], '{ "models": '));
});
