/** Composites of the workspace file: what is marked where, and what agrees with the program. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import schema from '../../../schemas/model-blame.schema.json';
import { composites } from '../../../server/program/rules/lrp/composites';
import { compositeFrom } from '../../../server/program/rules/lrp/definition';
import { linearOperators } from '../../../server/program/rules/lrp/linear/operators';
import { linearRuleNames } from '../../../server/program/rules/lrp/types';
import { reservedComposites } from '../../../server/workspace/compositeChecks';
import { parseWorkspaceFile } from '../../../server/workspace/parse';

/** Problems of a composite called "mine" as `severity code@marked characters`. */
function problemsOf(composite: string, name = 'mine'): string[] {
  const text = `{ "composites": { "${name}":\n${composite}\n} }`;
  const lines = text.split('\n');
  return parseWorkspaceFile(text).problems.map(({ code, severity, range }) => {
    const line = lines[range.start.line] ?? '';
    return `${severity} ${code}@${line.slice(range.start.character, range.end.character)}`;
  });
}

test('a full composite passes, and the program takes it', () => {
  const text = `{ "rules": [
    { "operator": "Conv", "until": 1, "rule": "box" },
    { "operator": ["Conv", "ConvTranspose"], "from": 2, "name": "/features/*", "rule": "gamma", "gamma": 0.5 },
    { "operator": "AveragePool", "rule": "zPlus", "bias": "ignore" } ],
    "input": { "rule": "flat" }, "dense": { "rule": "epsilon", "epsilon": 0.1, "relative": true },
    "convolution": { "rule": "alphaBeta", "alpha": 2, "beta": 1 }, "pooling": { "rule": "epsilon" } }`;
  assert.deepEqual(problemsOf(text), []);
  assert.equal(compositeFrom(JSON.parse(text)).rules?.length, 3);
});

test('problems are marked at their place', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['{ "dense": { "rule": "epsilom" } }', ['error wrong-value@"epsilom"']],
    ['{ "dense": { "epsilon": 1 } }', ['error missing-property@"dense"']],
    ['{ "dens": { "rule": "zero" } }', ['error unknown-property@"dens"']],
    ['{ "dense": { "rule": "zero", "operator": "Conv" } }', ['error unknown-property@"operator"']],
    ['{ "dense": { "rule": "epsilon", "epsilon": -1 } }', ['error wrong-value@-1']],
    ['{ "dense": { "rule": "alphaBeta", "alpha": 2, "beta": -1 } }', ['error bad-rule@2']],
    ['{ "dense": { "rule": "zPlus", "bias": "redistribute" } }', ['error bad-rule@"redistribute"']],
    ['{ "rules": [ { "operator": "Convolution", "rule": "flat" } ] }', ['error wrong-value@"Convolution"']],
    ['{ "rules": [ { "from": 3, "until": 2, "rule": "flat" } ] }', ['warning empty-selector@2']],
    ['{ "rules": [ { "from": 0, "rule": "flat" } ] }', ['error wrong-value@0']],
    [
      '{ "rules": [ { "operator": "Conv", "rule": "flat" }, { "operator": ["Conv"], "from": 1, "rule": "box" } ] }',
      ['error two-rules@{'],
    ],
  ];
  for (const [text, expected] of cases) assert.deepEqual(problemsOf(text), expected, text);
});

test('a name of the program’s own cannot be taken', () => {
  assert.deepEqual(problemsOf('{}', 'presetA'), ['error reserved-name@"presetA"']);
});

test('αβ with a negative β: both conventions are named', () => {
  const [problem] = parseWorkspaceFile(
    '{ "composites": { "mine": { "dense": { "rule": "alphaBeta", "alpha": 2, "beta": -1 } } } }',
  ).problems;
  assert.match(`${problem?.message} ${problem?.next}`, /α − β.*α \+ β = 1.*"beta": 1/);
});

test('schema, checks and program know the same rules, operators and names', () => {
  const { definitions } = schema;
  assert.deepEqual(definitions.rule.properties.rule.enum, [...linearRuleNames]);
  assert.deepEqual(definitions.layerRule.properties.rule.enum, [...linearRuleNames]);
  assert.deepEqual(definitions.linearOperator.enum, [...linearOperators]);
  assert.deepEqual([...reservedComposites].sort(), ['auto', 'none', ...Object.keys(composites)].sort());
});
