/** What Programs take and return, and what is refused. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { int, subgraph } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { bool, f32, i64 } from '../../../server/graph/tensor';
import { BATCH } from '../../../server/graph/types';
import type { Value } from '../../../server/graph/types';
import { UserError } from '../../../server/errors';
import type { EntryPoint, Model } from '../../../server/model/types';
import { canDifferentiate, compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import type { ProgramSpec } from '../../../server/program/types';
import { runInEngine } from '../../support/interpreter/engine';
import { array, interpret } from '../../support/interpreter';
import { centralDifferences, inputs, modelOf, worst } from '../../support/interpreter/models';

const linear = { head: 'linear', rules: 'gradient' } as const;
const spec = (kind: ProgramSpec['kind'], rest: Partial<ProgramSpec> = {}): ProgramSpec => ({
  kind,
  ...linear,
  ...rest,
});

/** ids → embedding → + second input → tanh → dense; values are called `logits` and `score` inside. */
function textModel(): Model {
  const b = new GraphBuilder('text');
  b.input('ids', 'int64', [BATCH, 3]);
  b.input('mask', 'float32', [BATCH, 3]);
  const table = b.constant(f32([0.1, 0.2, -0.3, 0.5, 0.7, -0.2, 0.9, 0.4], [4, 2]), 'table');
  const embedded = b.op('Gather', [table, 'ids'], { axis: int(0) }, 'embedded');
  const kept = b.op('Mul', [embedded, b.op('Unsqueeze', ['mask', b.indices([2])])], {}, 'score');
  const flat = b.op('Reshape', [b.op('Tanh', [kept]), b.indices([-1, 6])]);
  const weights = b.constant(f32([1, -2, 0.5, 3, -1, 2, 0.3, 0.8, -0.7, 1.1, 0.2, -0.4], [6, 2]), 'weights');
  const logits = b.op('MatMul', [flat, weights], {}, 'logits');
  const model = modelOf({ b, entries: [], logits });
  const entry: EntryPoint = { input: 'ids', value: embedded, type: b.type(embedded)!, kind: 'embedding' };
  return { ...model, entries: [entry] };
}

const ids = { dtype: 'int64', dims: [1, 3], data: BigInt64Array.of(2n, 0n, 3n) } as const;
const mask = f32([1, 1, 0.5], [1, 3]);
const seed = f32([1, -1], [1, 2]);

test('forward: model inputs and seed in, logits and score out, internal names that clash are freed', async () => {
  const model = textModel();
  const program = compileProgram(model, spec('forward'));
  assert.deepEqual([...program.graph.inputs], ['ids', 'mask', names.seed]);
  assert.deepEqual([...program.graph.outputs], [names.logits, names.score]);
  const result = await runInEngine(program, { ids, mask, [names.seed]: seed });
  const [first, second] = result[names.logits]!.data;
  assert.deepEqual(result[names.logits]!.dims, [1, 2]);
  assert.deepEqual(result[names.score]!.dims, [1]);
  assert.ok(Math.abs(result[names.score]!.data[0]! - (first! - second!)) < 1e-6);
});

test('fed: the pass goes on from inner values, with the slopes of the whole pass', async () => {
  const model = textModel();
  const embedded = model.entries[0]!.value;
  const whole = compileProgram(model, spec('relevance', { entries: [], at: [embedded], values: [embedded] }));
  const rest = compileProgram(model, spec('relevance', { entries: [], at: [embedded], fed: [embedded] }));
  assert.notEqual(rest.key, whole.key);
  assert.deepEqual([...rest.graph.inputs].sort(), [embedded, 'mask', names.seed].sort());
  assert.ok(!rest.graph.nodes.some(({ op }) => op === 'Gather'));
  const expected = await runInEngine(whole, { ids, mask, [names.seed]: seed });
  const found = await runInEngine(rest, { [embedded]: expected[embedded]!, mask, [names.seed]: seed });
  for (const output of [names.logits, names.score, names.relevance(embedded)])
    assert.deepEqual(found[output], expected[output], output);
});

test('entries: model inputs in, entry values out, no seed', async () => {
  const model = textModel();
  const program = compileProgram(model, spec('entries'));
  assert.deepEqual([...program.graph.inputs], ['ids']);
  const result = await runInEngine(program, { ids });
  assert.ok(worst(result[model.entries[0]!.value]!.data, [0.7, -0.2, 0.1, 0.2, 0.9, 0.4]) < 1e-6);
});

test('entries that are inputs are handed through by the engine', async () => {
  const b = inputs({ x: [BATCH, 2] });
  const model = modelOf({ b, entries: ['x'], logits: b.op('Tanh', ['x']) });
  const result = await runInEngine(compileProgram(model, spec('entries')), { x: f32([1, 2], [1, 2]) });
  assert.deepEqual([...result['x']!.data], [1, 2]);
});

test('relevance: entries are fed, inputs that only feed them disappear', () => {
  const model = textModel();
  const { value } = model.entries[0]!;
  const program = compileProgram(model, spec('relevance'));
  assert.deepEqual(new Set(program.graph.inputs), new Set(['mask', value, names.seed]));
  assert.deepEqual([...program.graph.outputs], [names.logits, names.score, names.relevance(value)]);
});

test('forward with fed entries takes them too', () => {
  const model = textModel();
  const program = compileProgram(model, spec('forward', { feedEntries: true }));
  assert.deepEqual(new Set(program.graph.inputs), new Set(['mask', model.entries[0]!.value, names.seed]));
});

test('path: a model whose nodes have the names we would give ours', () => {
  const model = textModel();
  const renamed = { Tanh: 'Sub_node', MatMul: 'Mul_node', Reshape: 'Reshape_node' } as Readonly<Record<string, string>>;
  const nodes = model.graph.nodes.map((node) => ({ ...node, name: renamed[node.op] ?? node.name }));
  const program = compileProgram({ ...model, graph: { ...model.graph, nodes } }, spec('path'));
  const all = program.graph.nodes.map((node) => node.name);
  assert.equal(new Set(all).size, all.length);
});

test('path: interpolation and weighted sum inside, equal to one gradient after another', async () => {
  const model = textModel();
  const { value } = model.entries[0]!;
  const [sample, baseline] = [
    f32([0.7, -0.2, 0.1, 0.2, 0.9, 0.4], [1, 3, 2]),
    f32([0, 0.1, 0, -0.1, 0.2, 0], [1, 3, 2]),
  ];
  const alphas = [0.2, 0.5, 0.9];
  const weights = [0.3, 0.3, 0.4];
  const program = compileProgram(model, spec('path'));
  assert.ok(!program.graph.inputs.includes(value));
  const result = await runInEngine(program, {
    [names.sample(value)]: sample,
    [names.baseline(value)]: baseline,
    [names.alpha]: f32(alphas),
    [names.weight]: f32(weights),
    mask: f32([1, 1, 0.5, 1, 1, 0.5, 1, 1, 0.5], [3, 3]),
    [names.seed]: seed,
  });
  const single = compileProgram(model, spec('relevance'));
  const [x, from] = [sample.data as Float32Array, baseline.data as Float32Array];
  const expected = new Float64Array(6);
  const scores: number[] = [];
  for (const [at, alpha] of alphas.entries()) {
    const point = array(
      [1, 3, 2],
      x.map((item, index) => from[index]! + alpha * (item - from[index]!)),
    );
    const one = interpret(single.graph, { [value]: point, mask, [names.seed]: seed });
    scores.push(one[names.score]!.data[0]!);
    one[names.relevance(value)]!.data.forEach((slope, index) => {
      expected[index]! += weights[at]! * slope * (x[index]! - from[index]!);
    });
  }
  assert.deepEqual(result[names.relevance(value)]!.dims, [1, 3, 2]);
  assert.ok(worst(result[names.relevance(value)]!.data, expected) < 1e-5);
  assert.ok(worst(result[names.score]!.data, scores) < 1e-5);
  assert.deepEqual(result[names.logits]!.dims, [3, 2]);
});

test('one seed row serves every row, or each row has its own', async () => {
  const model = textModel();
  const { value } = model.entries[0]!;
  const program = compileProgram(model, spec('relevance'));
  const x = f32([0.7, -0.2, 0.1, 0.2, 0.9, 0.4, 0.1, 0.3, -0.6, 0.5, 0.2, 0.2], [2, 3, 2]);
  const two = f32([1, 1, 0.5, 1, 1, 0.5], [2, 3]);
  const shared = await runInEngine(program, { [value]: x, mask: two, [names.seed]: seed });
  const own = await runInEngine(program, { [value]: x, mask: two, [names.seed]: f32([1, -1, 1, -1], [2, 2]) });
  assert.deepEqual(shared, own);
});

test('entries of choice: the others are computed from their inputs', () => {
  const b = inputs({ x: [BATCH, 2], y: [BATCH, 2] });
  const model = modelOf({ b, entries: ['x', 'y'], logits: b.op('Mul', ['x', 'y']) });
  const program = compileProgram(model, spec('relevance', { entries: [model.entries[0]!] }));
  assert.deepEqual([...program.graph.outputs], [names.logits, names.score, names.relevance('x')]);
});

test('an entry that does not reach the output has relevance zero', async () => {
  const b = inputs({ x: [BATCH, 2], y: [BATCH, 2] });
  const rank = b.op('Cast', [b.op('Shape', ['y'])], { to: int(1) });
  const model = modelOf({ b, entries: ['x', 'y'], logits: b.op('Mul', ['x', rank]) });
  const feeds = { x: f32([1, 2], [1, 2]), y: f32([5, 6], [1, 2]), [names.seed]: f32([1, 1], [1, 2]) };
  const result = await runInEngine(compileProgram(model, spec('relevance')), feeds);
  assert.deepEqual([...result[names.relevance('y')]!.data], [0, 0]);
  assert.deepEqual([...result[names.relevance('x')]!.data], [1, 2]);
});

test('extra values come back under their own names', () => {
  const b = inputs({ x: [BATCH, 2] });
  const hidden = b.op('Tanh', ['x'], {}, 'hidden');
  const model = modelOf({ b, entries: ['x'], logits: b.op('Sin', [hidden]) });
  const program = compileProgram(model, spec('relevance', { values: [hidden] }));
  assert.ok(program.graph.outputs.includes('hidden'));
});

test('constants are shared with the model, never copied', () => {
  const model = textModel();
  const program = compileProgram(model, spec('relevance'));
  const weights = program.graph.constants.get('weights');
  assert.equal(weights, model.graph.constants.get('weights'));
});

test('only the nodes between entries and S get a relevance pass', () => {
  const b = inputs({ x: [BATCH, 2] });
  const constant = b.op('Exp', [b.constant(f32([1, 2]))]);
  const aside = b.op('Loop', ['x', 'x'], {
    body: subgraph(modelOf({ b: inputs({}), entries: [], logits: 'z' }).graph),
  });
  const logits = b.op('Mul', ['x', constant]);
  const model = { ...modelOf({ b, entries: ['x'], logits }), notes: [aside] };
  assert.equal(canDifferentiate(model), null);
  const program = compileProgram(model, spec('relevance'));
  assert.ok(!program.graph.nodes.some((node) => node.name.includes('Exp') && node.name.startsWith('gradient')));
});

const refusals: readonly [string, (b: GraphBuilder) => Value, RegExp][] = [
  ['a loop of the user', (b) => b.op('Loop', ['', '', 'x'], {}, 'steps'), /Loop/],
  [
    'a custom operator',
    (b) => {
      b.add({ name: 'mine', op: 'Fancy', domain: 'com.acme', inputs: ['x'], outputs: ['y'], attributes: {} });
      return 'y';
    },
    /com\.acme\.Fancy.*mine/,
  ],
  [
    'an LSTM with coupled gates',
    (b) => b.op('LSTM', ['x', 'w', 'r'], { input_forget: int(1) }, 'cell'),
    /LSTM.*coupled/,
  ],
  [
    'dropout in training mode',
    (b) => b.op('Dropout', ['x', b.scalar(0.5), b.constant(bool(true))]),
    /Dropout.*training mode/,
  ],
  [
    'batch norm in training mode',
    (b) => b.op('BatchNormalization', ['x', 'x', 'x', 'x', 'x'], { training_mode: int(1) }),
    /training mode/,
  ],
];

for (const [what, build, message] of refusals) {
  test(`refused by name: ${what}`, () => {
    const b = inputs({ x: [BATCH, 2] });
    const y = build(b);
    b.declare(y, { dtype: 'float32', shape: [BATCH, 2] });
    const model = modelOf({ b, entries: ['x'], logits: b.op('Tanh', [y]) });
    const sentence = canDifferentiate(model);
    assert.match(sentence ?? '', message);
    assert.match(sentence ?? '', /perturbation method/);
    assert.throws(
      () => compileProgram(model, spec('relevance')),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.code, 'no-rule');
        assert.match(error.message, message);
        assert.match(error.next ?? '', /forward pass only/);
        return true;
      },
    );
    assert.ok(compileProgram(model, spec('forward')).graph.nodes.length > 0, 'the forward pass is still there');
  });
}

test('a rule set that does not exist is named, with those that do', () => {
  assert.throws(() => compileProgram(textModel(), spec('relevance', { rules: 'none' })), /"none".*gradient/);
});

test('a model input with a name of the program is refused', () => {
  const b = inputs({ seed: [BATCH, 2] });
  const model = modelOf({ b, entries: ['seed'], logits: b.op('Tanh', ['seed']) });
  assert.throws(
    () => compileProgram(model, spec('relevance')),
    (error) => error instanceof UserError && error.code === 'name-clash',
  );
});

test('keys tell programs apart', () => {
  const model = textModel();
  const specs = [
    spec('forward'),
    spec('relevance'),
    spec('path'),
    spec('relevance', { head: 'probability' }),
    spec('forward', { feedEntries: true }),
  ];
  const keys = specs.map((one) => compileProgram(model, one).key);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(compileProgram(model, spec('path')).key, keys[2]);
  assert.notEqual(compileProgram({ ...model, hash: 'other' }, spec('path')).key, keys[2]);
});

test('quantisation passes straight through', async () => {
  const b = inputs({ x: [BATCH, 3] });
  const parameters = [b.constant(f32(0.1)), b.constant({ dtype: 'int8', dims: [], data: Int8Array.of(3) })];
  const quantized = b.op('QuantizeLinear', ['x', ...parameters]);
  const back = b.op('DequantizeLinear', [quantized, ...parameters]);
  const model = modelOf({ b, entries: ['x'], logits: b.op('MatMul', [back, b.constant(f32([2, -1, 0.5], [3, 1]))]) });
  const feeds = { x: f32([0.34, -0.71, 1.26], [1, 3]), [names.seed]: f32([1], [1, 1]) };
  const result = await runInEngine(compileProgram(model, spec('relevance')), feeds);
  assert.deepEqual([...result[names.relevance('x')]!.data], [2, -1, 0.5]);
});

test('outputs that a rule reads are added where the model leaves them out', async () => {
  const b = inputs({ x: [4, BATCH, 2] });
  const [w, r] = [b.constant(f32([0.3, -0.5, 0.8, 0.2], [1, 2, 2])), b.constant(f32([0.1, 0.4, -0.6, 0.7], [1, 2, 2]))];
  const cell = { inputs: ['x', w, r], domain: '', attributes: { hidden_size: int(2) } };
  b.add({ ...cell, name: 'rnn', op: 'RNN', outputs: ['', 'last'] });
  const best = b.op('TopK', [b.op('Reshape', ['last', b.indices([-1, 2])]), b.indices([1])]);
  const model = modelOf({ b, entries: ['x'], logits: best });
  const x = array([4, 1, 2], [0.5, -0.2, 0.1, 0.9, -0.7, 0.3, 0.6, 0.4]);
  const feeds = { x, [names.seed]: array([1, 1], [1]) };
  const program = compileProgram(model, spec('relevance'));
  const own = interpret(program.graph, feeds)[names.relevance('x')]!.data;
  assert.ok(worst(own, centralDifferences(compileProgram(model, spec('forward')).graph, feeds, 'x')) < 1e-6);
  assert.ok(worst((await runInEngine(program, feeds))[names.relevance('x')]!.data, own) < 1e-5);
});

test('ties of a maximum go to the first in scan order', async () => {
  const b = inputs({ x: [BATCH, 1, 2, 2] });
  const pooled = b.op('MaxPool', ['x'], { kernel_shape: { type: 'ints', value: [2, 2] } });
  const reduced = b.op('ReduceMax', ['x', b.constant(i64([1, 2, 3]))], { keepdims: int(0) });
  const flat = b.op(
    'Concat',
    [b.op('Reshape', [pooled, b.indices([-1, 1])]), b.op('Reshape', [reduced, b.indices([-1, 1])])],
    { axis: int(1) },
  );
  const model = modelOf({ b, entries: ['x'], logits: flat });
  const feeds = { x: f32([1, 4, 4, 4], [1, 1, 2, 2]), [names.seed]: f32([1, 10], [1, 2]) };
  const program = compileProgram(model, spec('relevance'));
  assert.deepEqual([...(await runInEngine(program, feeds))[names.relevance('x')]!.data], [0, 11, 0, 0]);
  assert.deepEqual([...interpret(program.graph, feeds)[names.relevance('x')]!.data], [0, 11, 0, 0]);
});
