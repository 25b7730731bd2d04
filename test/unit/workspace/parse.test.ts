import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parseWorkspaceFile } from '../../../server/workspace/parse';

/** Problems of a text as `code@marked characters`. */
function problemsOf(text: string): string[] {
  const lines = text.split('\n');
  return parseWorkspaceFile(text).problems.map(({ code, range }) => {
    const line = lines[range.start.line] ?? '';
    const end = range.end.line === range.start.line ? range.end.character : undefined;
    return `${code}@${line.slice(range.start.character, end)}`;
  });
}

test('a full file with comments and trailing commas', () => {
  const { file, problems } = parseWorkspaceFile(`{
    // the classifier
    "models": { "s": { "path": "m.onnx", "input": { "kind": "text", "tokenizer": "t.json", "maxLength": 128 }, "labels": ["a", "b"] } },
    "datasets": [ { "files": "data/*.csv", "model": "s", "text": "review", "label": "stars", "role": "test" }, ],
  }`);
  assert.deepEqual(problems, []);
  assert.equal(file?.models?.['s']?.path, 'm.onnx');
  assert.equal(file.datasets?.[0]?.text, 'review');
});

test('every kind of input passes with all its settings', () => {
  const inputs = [
    {
      kind: 'text',
      vocabulary: 'v.txt',
      pattern: '\\p{L}+',
      lowercase: true,
      padToken: '[PAD]',
      unknownToken: '[UNK]',
      maxLength: 4,
      padToMaxLength: true,
    },
    {
      kind: 'image',
      preprocessor: 'p.json',
      resize: { shortestEdge: 256 },
      resample: 'bicubic',
      centerCrop: { width: 224, height: 224 },
      rescale: 1,
      mean: [0.5],
      std: [0.5],
      layout: 'NHWC',
      colour: 'gray',
      exifOrientation: true,
    },
    { kind: 'image', resize: false, centerCrop: false },
    { kind: 'image', resize: { width: 3, height: 4 } },
    {
      kind: 'table',
      columns: [
        { name: 'a', type: 'number', missing: 0, typical: 1 },
        { name: 'b', type: 'category', categories: ['x'], missing: 'x', input: 'b' },
      ],
    },
    { kind: 'tensor' },
  ];
  for (const input of inputs) {
    const text = JSON.stringify({ models: { m: { path: 'm.onnx', input, output: 'o', engine: 'e' } } });
    assert.deepEqual(problemsOf(text), [], text);
  }
  const dataset = { files: '**/*.png', labelFrom: { pattern: '/(\\w+)/' }, delimiter: ';', header: false };
  assert.deepEqual(problemsOf(JSON.stringify({ datasets: [dataset, { files: '*.jpg', labelFrom: 'folder' }] })), []);
  const labelFrom = { file: 'labels.csv', path: 'image_id', label: ['cat', 'dog'], delimiter: ';', header: true };
  assert.deepEqual(problemsOf(JSON.stringify({ datasets: [{ files: '*.png', labelFrom }] })), []);
  assert.deepEqual(
    problemsOf(JSON.stringify({ datasets: [{ files: 'a', labelFrom: { file: 'x' }, label: ['a', 'b'] }] })),
    [],
  );
});

test('problems are marked at their exact place', () => {
  const cases: readonly (readonly [string, string[]])[] = [
    ['{"modls": {}}', ['unknown-property@"modls"']],
    ['{"models": {"m": {"path": "x.onnx", "inputs": 1}}}', ['unknown-property@"inputs"']],
    ['{"models": {"m": {"path": 7}}}', ['wrong-type@7']],
    ['{"models": {"m": {}}}', ['missing-property@"m"']],
    ['{"models": []}', ['wrong-type@"models"']],
    ['{"datasets": [{}]}', ['missing-property@{']],
    ['{"models": {"m": {"path": "x", "input": {"kind": "txt"}}}}', ['wrong-value@"txt"']],
    ['{"models": {"m": {"path": "x", "input": {}}}}', ['missing-property@"input"']],
    ['{"models": {"m": {"path": "x", "input": {"kind": "text", "mean": [1]}}}}', ['unknown-property@"mean"']],
    ['{"models": {"m": {"path": "x", "input": {"kind": "image", "resize": 4}}}}', ['wrong-value@4']],
    ['{"models": {"m": {"path": "x", "input": {"kind": "image", "std": [1, 0]}}}}', ['wrong-value@0']],
    ['{"models": {"m": {"path": "x", "input": {"kind": "text", "maxLength": 0}}}}', ['wrong-value@0']],
    ['{"models": {"m": {"path": "x"}, "m": {"path": "y"}}}', ['duplicate-property@"m"']],
    ['{"datasets": [{"files": "a", "model": "nope"}]}', ['unknown-model@"nope"']],
    ['{"datasets": [{"files": "a"}, {"files": "a"}]}', ['duplicate-dataset@"a"']],
    ['{"datasets": [{"files": "a", "labelFrom": {"pattern": "("}}]}', ['invalid-pattern@"("']],
    ['{"datasets": [{"files": "a", "labelFrom": {"pattern": "ab"}}]}', ['invalid-pattern@"ab"']],
    ['{"datasets": [{"files": "a", "labelFrom": {"file": 7}}]}', ['wrong-value@"labelFrom"']],
    ['{"datasets": [{"files": "a", "labelFrom": {"file": "x", "column": "y"}}]}', ['wrong-value@"labelFrom"']],
    ['{"datasets": [{"files": "a", "labelFrom": "path"}]}', ['wrong-value@"path"']],
    ['{"datasets": [{"files": "a", "label": ["b"]}]}', ['wrong-value@"label"']],
    ['{"models": {"m": {"path": "x", "labels": ["a", "a"]}}}', ['duplicate-label@"a"']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(problemsOf(text), expected, text);
});

test('an error refuses the file, a warning does not', () => {
  assert.equal(parseWorkspaceFile('{"datasets": [{"files": "a", "model": "b"}]}').file, null);
  assert.notEqual(parseWorkspaceFile('{"datasets": [{"files": "a"}, {"files": "a"}]}').file, null);
});

test('places count lines and UTF-16 columns, after CRLF, emoji and a byte-order mark', () => {
  const { problems } = parseWorkspaceFile('\uFEFF{\r\n  "models": {\r\n    "😀": { "path": 1 }\r\n  }\r\n}');
  assert.deepEqual(problems[0]?.range, { start: { line: 2, character: 20 }, end: { line: 2, character: 21 } });
});

test('broken JSON is a problem inside the text, never an exception', () => {
  for (const text of ['', '   ', '{', '{"models": {"a": {"path": }}}', '[', '{"models" "x"}', 'null', '"x"', '{]}']) {
    const { file, problems } = parseWorkspaceFile(text);
    assert.equal(file, null, text);
    assert.ok(problems.length > 0 && problems.every(({ message }) => message.length > 0), text);
  }
});

test('keys that are special in JavaScript are only names', () => {
  const { file } = parseWorkspaceFile('{"models": {"__proto__x": {"path": "a"}, "constructor": {"path": "b"}}}');
  assert.deepEqual(Object.keys(file?.models ?? {}), ['__proto__x', 'constructor']);
});
