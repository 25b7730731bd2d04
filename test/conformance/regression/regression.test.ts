/**
 * Regressors as skl2onnx, onnxmltools and Keras write them, against the libraries themselves (`make_sklearn.py`,
 * `make_keras.py`) and closed forms: of a model linear in its columns a column's share is coefficient × (x − baseline).
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import { UserError } from '../../../server/errors';
import { createServices } from '../../../server/services';
import { toUri } from '../../../server/workspace/uris';
import type { ExplainRequest, SampleAddress, TargetRequest } from '../../../server/protocol';
import type { Task } from '../../../server/protocol';

interface Reference {
  /** Rows × outputs, as the library predicts. */
  readonly values: readonly (readonly number[])[];
  /** Outputs × columns. */
  readonly coefficients?: readonly (readonly number[])[];
}

const here = fileURLToPath(new URL('./', import.meta.url));
const read = (name: string): unknown => JSON.parse(readFileSync(join(here, name), 'utf8'));
const { rows, prices, models } = read('sklearn.json') as {
  readonly rows: readonly (readonly number[])[];
  readonly prices: readonly number[];
  readonly models: Readonly<Record<string, Reference>>;
};
const dense = read('keras.json') as Reference;

const folder = mkdtempSync(join(tmpdir(), 'model-blame-regression-'));
after(() => rmSync(folder, { recursive: true, force: true }));
cpSync(join(here, 'models'), folder, { recursive: true });
const csv = [
  'area,age,rooms,price',
  ...rows.map((row, index) => [...row, index === 1 ? 'unknown' : prices[index]].join()),
];
writeFileSync(join(folder, 'houses.csv'), `${csv.join('\n')}\n`);
const names = Object.keys(models);
const check = { name: 'age', kind: 'relevance', on: { columns: ['age'] }, atLeast: 0 };
writeFileSync(
  join(folder, 'model-blame.json'),
  JSON.stringify({
    models: {
      ...Object.fromEntries(names.map((name) => [name, { path: `${name}.onnx` }])),
      several: { path: 'several.onnx', labels: ['price', 'rent'], unit: '€' },
      dense: { path: 'dense.keras', task: 'regression', labels: ['worth'], unit: 'k€' },
      plain: { path: 'dense.keras' },
      classes: { path: 'linear.onnx', labels: ['cheap', 'dear'] },
      shares: { path: 'several.onnx', task: 'classification' },
      wrong: { path: 'linear.onnx', task: 'regression', labels: ['price', 'rent'] },
    },
    datasets: [{ files: 'houses.csv', label: 'price' }],
    checks: [
      { ...check, model: 'linear', dataset: 'houses.csv' },
      { name: 'label', kind: 'label', model: 'linear', sample: 'houses.csv:2' },
      { name: 'accuracy', kind: 'accuracy', model: 'linear', dataset: 'houses.csv', atLeast: 0.5 },
    ],
  }),
);
const servicesFor = (task?: Task) =>
  createServices({ folders: [folder], compute: localCompute(), ...(task === undefined ? {} : { task }) });
const services = servicesFor();
after(() => services.dispose());
const houses = toUri(join(folder, 'houses.csv'));
const address = (record: number): SampleAddress => ({ kind: 'record', uri: houses, record });
const request = (model: string, method: string, target: TargetRequest, baseline: string | null): ExplainRequest => ({
  address: address(1),
  model,
  method,
  target,
  baseline,
  parameters: {},
});

function near(found: ArrayLike<number>, wanted: readonly number[], tolerance: number, what: string): void {
  assert.equal(found.length, wanted.length, what);
  wanted.forEach((value, index) =>
    assert.ok(
      Math.abs((found[index] ?? NaN) - value) <= tolerance * Math.max(1, Math.abs(value)),
      `${what}: ${Array.from(found).join()} instead of ${wanted.join()}`,
    ),
  );
}

for (const [name, { values }] of [...Object.entries(models), ['dense', dense] as const])
  test(`values: ${name}`, async () => {
    const own = name === 'network' ? servicesFor('regression') : services;
    for (const [index, wanted] of values.entries()) {
      const { scores, model } = await own.predict({ address: address(index + 1), model: name });
      assert.equal(model.output, 'quantities');
      near(
        scores.map(({ value }) => value ?? NaN),
        wanted,
        2e-6,
        `${name}, row ${index + 1}`,
      );
      assert.ok(scores.every(({ probability, logit }) => probability === null && logit === null));
    }
    if (own !== services) await own.dispose();
  });

test('what is not said to be a regression is read as a classifier, and how to say it is said', async () => {
  for (const model of ['network', 'plain']) {
    const { warnings, model: ref } = await services.explain(request(model, 'gradient', { kind: 'predicted' }, null));
    assert.equal(ref.output, 'logits');
    const said = warnings.find(({ code }) => code === 'one-number');
    assert.match(said?.message ?? '', /"task": "regression"/);
  }
  const { warnings } = await services.explain(request('dense', 'gradient', { kind: 'predicted' }, null));
  assert.deepEqual(
    warnings.filter(({ code }) => ['one-number', 'placeholder-labels', 'unknown-gold'].includes(code)),
    [],
  );
});

test('a person’s word counts more than the file’s: two names for one number are classes', async () => {
  const classes = await services.predict({ address: address(1), model: 'classes' });
  assert.deepEqual([classes.model.output, classes.scores.length, classes.scores[0]?.label], ['logits', 2, 'dear']);
  const shares = await services.predict({ address: address(1), model: 'shares' });
  assert.deepEqual([shares.model.output, shares.scores[0]?.value], ['logits', undefined]);
  const wrong = services.predict({ address: address(1), model: 'wrong' });
  await assert.rejects(
    wrong,
    (error) => error instanceof UserError && error.what.includes('names 2 outputs, the model has 1'),
  );
});

test('names, unit, and what the file says', async () => {
  const linear = await services.predict({ address: address(1), model: 'linear' });
  // Nobody named it: it is called like the column that says what it should be.
  assert.equal(linear.scores[0]?.label, 'price');
  assert.deepEqual(linear.gold, {
    label: String(prices[0]),
    class: null,
    quantity: { value: prices[0], output: 0 },
  });
  const several = await services.predict({ address: address(1), model: 'several' });
  assert.deepEqual(
    several.scores.map(({ label }) => label),
    ['price', 'rent'],
  );
  assert.deepEqual([several.model.unit, several.gold?.quantity?.output], ['€', 0]);
  const both = await services.explain(request('both', 'occlusion', { kind: 'predicted' }, null));
  assert.equal(both.gold?.quantity, null);
  assert.match(both.warnings.find(({ code }) => code === 'unknown-gold')?.message ?? '', /output 0, output 1/);
  const unreadable = await services.explain({
    ...request('linear', 'gradient', { kind: 'predicted' }, null),
    address: address(2),
  });
  assert.equal(unreadable.gold?.quantity, null);
  assert.match(
    unreadable.warnings.find(({ code }) => code === 'unknown-gold')?.message ?? '',
    /"unknown" is no number/,
  );
});

test('of a linear model a column gets coefficient × (x − baseline), of the output that is asked for', async () => {
  for (const [name, { coefficients, values }] of Object.entries(models))
    for (const [output, weights] of (coefficients ?? []).entries()) {
      const target: TargetRequest = { kind: 'class', class: output };
      const shares = weights.map((weight, column) => weight * (rows[0]?.[column] ?? NaN));
      for (const method of ['integrated-gradients', 'gradient-x-input', 'occlusion', 'kernel-shap', 'deeplift']) {
        const found = await services.explain(request(name, method, target, 'zero'));
        near(found.relevance, shares, 2e-5, `${name} ${output}, ${method}`);
        const { score, residual } = found.accounting;
        near([score], [values[0]?.[output] ?? NaN], 2e-6, `${name} ${output}, ${method}: score`);
        if (residual !== undefined) assert.ok(Math.abs(residual) < 1e-3, `${name}, ${method}: ${residual}`);
        assert.deepEqual([found.target.kind, found.target.class], ['class', output]);
        assert.equal(found.target.kind === 'class' && found.target.scale, 'value');
      }
    }
});

test('along the path there is no probability, and no value of a baseline is evidence', async () => {
  const { path, warnings, baseline } = await services.explain(
    request('dense', 'integrated-gradients', { kind: 'predicted' }, 'zero'),
  );
  assert.equal(path?.probabilities, null);
  assert.equal(typeof baseline?.scores[0]?.value, 'number');
  assert.ok(warnings.every(({ code }) => code !== 'baseline-is-evidence'));
});

test('what has a meaning for classes alone is refused, with what works', async () => {
  const refused = (work: Promise<unknown>, code: string): Promise<void> =>
    assert.rejects(work, (error) => error instanceof UserError && error.code === code && error.next !== undefined);
  const asked = { address: address(1), model: 'several' };
  const explained = (target: TargetRequest) => services.explain(request('several', 'gradient', target, null));
  await refused(explained({ kind: 'contrast', class: 0, against: 1 }), 'needs-classes');
  await refused(explained({ kind: 'contrastToRest', class: 0 }), 'needs-classes');
  await refused(explained({ kind: 'class', class: 0, scale: 'probability' }), 'target-needs-classes');
  await refused(explained({ kind: 'class', class: 2 }), 'unknown-class');
  const blame = { ...asked, method: null, replacement: null, baseline: null, parameters: {}, remove: 2 };
  await refused(services.blame({ ...blame }), 'needs-classes');
  await refused(services.counterfactual({ ...asked, gold: 0 }), 'needs-classes');
  await refused(services.surveys.start({ uris: [houses], model: 'several' }), 'needs-classes');
  const wish = { methods: null, samples: 2, seed: 0, steps: 2, replacement: 'baseline', baseline: null } as const;
  await refused(services.evaluate({ uris: [houses], model: 'several', ...wish }), 'needs-classes');
  const { methods } = await services.choices(asked);
  assert.match(methods.find(({ info }) => info.id === 'blame')?.unfit ?? '', /quantities/);
});

test('checks: relevance has a meaning, a label has none', async () => {
  const uri = toUri(join(folder, 'model-blame.json'));
  const age = await services.check({ uri, name: 'age', model: null });
  const weights = models['linear']?.coefficients?.[0] ?? [];
  assert.equal(age.outcome, 'passed', age.message);
  assert.ok(weights.length === 3 && (age.measured?.value ?? 0) > 0 && (age.measured?.value ?? 1) < 1);
  for (const name of ['label', 'accuracy']) {
    const result = await services.check({ uri, name, model: null });
    assert.equal(result.outcome, 'errored', result.message);
    assert.match(result.message, /needs classes/);
  }
});
