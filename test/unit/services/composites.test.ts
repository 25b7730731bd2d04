/** Composites of the workspace file: content for the method, name for the person. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { compositeFromText } from '../../../server/program/rules/lrp/definition';
import { withComposite, withCompositeName } from '../../../server/services/composites';
import type { LoadedWorkspace } from '../../../server/workspace/locate';

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
const workspace: LoadedWorkspace = {
  uri: 'file:///w/model-blame.json',
  folder: '/w',
  root: '/w',
  file: { composites: { mine: { rules: [{ operator: 'Conv', until: 1, rule: 'box' }], dense: { rule: 'zero' } } } },
  rangeOf: () => range,
};

test('a name of the file becomes its content, which the method can read, and its name again', () => {
  const given = withComposite({ composite: 'mine', fold: true }, workspace);
  const composite = compositeFromText(String(given['composite']));
  assert.deepEqual([composite.name, composite.dense.rule, composite.rules?.[0]?.rule], ['mine', 'zero', 'box']);
  assert.deepEqual(withCompositeName(given), { composite: 'mine', fold: true });
});

test('names of the program, JSON of the command line and other methods’ parameters stay as they are', () => {
  for (const parameters of [
    { composite: 'presetA' },
    { composite: 'auto' },
    { composite: '{"dense": {}}' },
    { n: 3 },
  ]) {
    assert.deepEqual(withComposite(parameters, workspace), parameters);
    assert.deepEqual(withCompositeName(parameters), parameters);
  }
});

test('an unknown name lists what there is', () => {
  assert.throws(() => withComposite({ composite: 'yours' }, workspace), /“yours”.*this folder’s mine.*presetA/);
  assert.throws(() => withComposite({ composite: 'yours' }, null), /“yours”.*"composites" in model-blame.json/);
  assert.throws(() => withComposite({ composite: 'constructor' }, workspace), /“constructor”/);
});
