/** Branches and loops of a model: against the file as it stands in stock ONNX Runtime, gradients as differences of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { localCompute } from '../../../server/compute/local';
import { UserError } from '../../../server/errors';
import { int, ints, subgraph } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { bool, f32, i64 } from '../../../server/graph/tensor';
import type { Graph, Tensor, Value } from '../../../server/graph/types';
import { importModel } from '../../../server/model/import';
import type { GivenInputs } from '../../../server/model/given';
import type { Model } from '../../../server/model/types';
import { canDifferentiate, compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import { createServices } from '../../../server/services';
import { runInEngine } from '../../support/interpreter/engine';
import { runFile } from './run';
import { processorTime } from '../../support/processor-time';

type Feeds = Readonly<Record<string, Tensor>>;

const folder = mkdtempSync(join(tmpdir(), 'control-'));
after(() => rmSync(folder, { recursive: true }));

const LINEAR = { head: 'linear', rules: 'gradient' } as const;
const weights = (seed: number, rows: number, columns: number): Tensor =>
  f32(
    Array.from({ length: rows * columns }, (_, i) => Math.sin(seed + 1.7 * i)),
    [rows, columns],
  );

interface Case {
  readonly file: Uint8Array;
  readonly model: Model;
  readonly path: string;
}

/** Writes the file as it is built and imports it. */
async function made(name: string, graph: Graph, given: GivenInputs = {}): Promise<Case> {
  const path = join(folder, `${name}.onnx`);
  const file = writeOnnx(graph);
  writeFileSync(path, file);
  return { file, path, model: await importModel(path, { given }) };
}

/** A body with one output, which sees the values around it. */
function body(name: string, outer: GraphBuilder, write: (b: GraphBuilder) => Value): Graph {
  const base = { name, inputs: [], outputs: [], nodes: [], constants: new Map(), types: new Map(outer.types()) };
  const b = new GraphBuilder(name, base);
  b.scope(name);
  return b.build([b.rename(write(b), `${name}_out`)]);
}

function branch(b: GraphBuilder, condition: Value, yes: Graph, no: Graph): Value {
  return b.op('If', [condition], { then_branch: subgraph(yes), else_branch: subgraph(no) }, 'branch');
}

/** Logits as ours, and ∂logit₀/∂x, against the file's own outputs and their central differences. */
async function agrees({ file, model }: Case, feeds: Feeds, fixed: Feeds = {}): Promise<void> {
  const raw = async (x: Tensor): Promise<number> => {
    const results = await runFile(file, { ...feeds, ...fixed, x });
    return results['y']?.data[0] as number;
  };
  const { logits } = model.output;
  const x = feeds['x'] as Tensor;
  const width = model.output.single ? 1 : (model.output.classes ?? 1);
  const seed = f32(
    Array.from({ length: width }, (_, i) => (i === 0 ? 1 : 0)),
    [1, width],
  );
  const program = compileProgram(model, { kind: 'relevance', ...LINEAR });
  assert.ok(logits !== '');
  const result = await runInEngine(program, { ...feeds, [names.seed]: seed });
  const value = await raw(x);
  assert.ok(Math.abs((result[names.logits]?.data[0] ?? NaN) - value) < 1e-5, 'the prediction differs');
  const gradient = result[names.relevance('x')]?.data;
  const step = 1e-2;
  for (let i = 0; i < x.data.length; i += 1) {
    const at = (by: number): Tensor => f32(Array.from(x.data as Float32Array, (v, k) => v + (k === i ? by : 0)), x.dims); // prettier-ignore
    const slope = ((await raw(at(step))) - (await raw(at(-step)))) / (2 * step);
    assert.ok(Math.abs((gradient?.[i] ?? NaN) - slope) < 2e-3, `element ${i}: ${gradient?.[i]} instead of ${slope}`);
  }
}

/** y = x·A where Σx > 0, else tanh(x)·B; the bodies see values made before them. */
function decided(): Graph {
  const b = new GraphBuilder('decided');
  b.input('x', 'float32', ['batch', 3]);
  const twice = b.op('Mul', ['x', b.scalar(2)], {}, 'twice');
  const sum = b.op('ReduceSum', ['x', b.indices([0, 1])], { keepdims: int(0) });
  const yes = body('yes', b, (inner) => inner.op('MatMul', [twice, inner.constant(weights(1, 3, 2), 'A')]));
  const no = body('no', b, (inner) =>
    inner.op('MatMul', [inner.op('Tanh', [twice]), inner.constant(weights(2, 3, 2), 'B')]),
  );
  const y = branch(b, b.op('Greater', [sum, b.scalar(0)]), yes, no);
  return b.build([b.rename(y, 'y')]);
}

test('If that the sample decides: both branches are compiled, and the taken one is explained', async () => {
  const item = await made('decided', decided());
  assert.equal(canDifferentiate(item.model), null);
  await agrees(item, { x: f32([0.4, 0.3, -0.2], [1, 3]) });
  await agrees(item, { x: f32([-0.4, 0.1, -0.2], [1, 3]) });
  assert.equal(item.model.batchable, false, 'one decision for a whole batch would be wrong');
  assert.match(item.model.notes.join(' '), /one by one: .*decides by the sample/);
});

test('a branch that is not taken may be undefined there', async () => {
  const b = new GraphBuilder('undefined');
  b.input('x', 'float32', ['batch', 3]);
  const sum = b.op('ReduceMin', ['x', b.indices([0, 1])], { keepdims: int(0) });
  const yes = body('yes', b, (inner) => inner.op('Log', ['x']));
  const no = body('no', b, (inner) => inner.op('Exp', ['x']));
  const y = branch(b, b.op('Greater', [sum, b.scalar(0)]), yes, no);
  const item = await made('undefined', b.build([b.rename(y, 'y')]));
  await agrees(item, { x: f32([-0.5, 0, -1], [1, 3]) });
  await agrees(item, { x: f32([0.6, 2, 100], [1, 3]) });
});

/** Squeezes where the second size is 1, as PyTorch exports squeeze(1). */
function squeezed(): Graph {
  const b = new GraphBuilder('squeezed');
  b.input('x', 'float32', ['batch', 'n', 2]);
  const size = b.op('Gather', [b.op('Shape', ['x']), b.constant(i64(1))], { axis: int(0) });
  const y = branch(
    b,
    b.op('Equal', [size, b.constant(i64(1))]),
    body('yes', b, (inner) => inner.op('Squeeze', [inner.op('Tanh', ['x']), inner.indices([1])])),
    body('no', b, (inner) => inner.op('Identity', [inner.op('Exp', ['x'])])),
  );
  return b.build([b.rename(y, 'y')]);
}

test('If whose branches give different shapes stays: predictions work, relevance is refused with the reason', async () => {
  const { file, model } = await made('squeezed', squeezed());
  assert.match(canDifferentiate(model) ?? '', /operator If .*only known when the model runs.*“shapes”/);
  assert.throws(() => compileProgram(model, { kind: 'relevance', ...LINEAR }), UserError);
  const x = f32([0.3, -0.6], [1, 1, 2]);
  const result = await runInEngine(compileProgram(model, { kind: 'forward', ...LINEAR }), {
    x,
    [names.seed]: f32([1, 0], [1, 2]),
  });
  const expected = await runFile(file, { x });
  assert.deepEqual(Array.from(result[names.logits]?.data ?? []), Array.from(expected['y']?.data as Float32Array));
});

test('a branch that stays and ends in a sigmoid gives a probability, not a logit', async () => {
  const b = new GraphBuilder('ends');
  b.input('x', 'float32', ['batch', 'n', 1]);
  const size = b.op('Gather', [b.op('Shape', ['x']), b.constant(i64(1))], { axis: int(0) });
  const yes = body('yes', b, (inner) => inner.op('Squeeze', [inner.op('Sigmoid', ['x']), inner.indices([1])]));
  const no = body('no', b, (inner) => inner.op('Identity', [inner.op('Sigmoid', ['x'])]));
  const y = branch(b, b.op('Equal', [size, b.constant(i64(1))]), yes, no);
  const { model } = await made('ends', b.build([b.rename(y, 'y')]));
  assert.equal(model.output.onlyProbabilities, true);
  assert.equal((await made('squeezed', squeezed())).model.output.onlyProbabilities, false);
});

test('sizes from the workspace file settle it', async () => {
  const item = await made('sized', squeezed(), { shapes: { x: ['batch', 1, 2] } });
  assert.deepEqual(new Set(item.model.graph.nodes.map(({ op }) => op)).has('If'), false);
  await agrees(item, { x: f32([0.3, -0.6], [1, 1, 2]) });
});

/** Of two sampling rates. */
function rates(): Graph {
  const b = new GraphBuilder('rates');
  b.input('x', 'float32', ['batch', 2]);
  b.input('sr', 'int64', []);
  const fast = body('fast', b, (inner) => inner.op('MatMul', ['x', inner.constant(weights(3, 2, 2), 'F')]));
  const slow = body('slow', b, (inner) => inner.op('Squeeze', [inner.op('Unsqueeze', ['x', inner.indices([0])])]));
  return b.build([b.rename(branch(b, b.op('Equal', ['sr', b.constant(i64(16000))]), fast, slow), 'y')]);
}

test('a fixed input settles it, is no input any more, and makes another model', async () => {
  const open = await made('rates', rates());
  assert.notEqual(canDifferentiate(open.model), null);
  const item = await made('rates', rates(), { fixed: { sr: 16000 } });
  assert.deepEqual(
    item.model.inputs.map(({ name }) => name),
    ['x'],
  );
  assert.notEqual(item.model.hash, open.model.hash);
  assert.ok(item.model.batchable);
  await agrees(item, { x: f32([0.3, -0.6], [1, 2]) }, { sr: i64(16000) });
});

test('model-blame.json says what is fixed: the card has the methods that then work', async () => {
  await made('rates', rates());
  const config = { models: { vad: { path: 'rates.onnx', fixed: { sr: 16000 }, shapes: { x: ['batch', 2] } } } };
  writeFileSync(join(folder, 'model-blame.json'), JSON.stringify(config));
  const services = createServices({ folders: [folder], compute: localCompute() });
  const cardOf = async (model: string) => {
    const card = await services.card({ model });
    const unfit = card.methods.find(({ id }) => id === 'gradient')?.unfit ?? null;
    const fits = card.methods.filter((method) => method.unfit === null).map(({ id }) => id);
    return { inputs: card.inputs.map(({ name }) => name), unfit, fits };
  };
  const settled = await cardOf('vad');
  assert.deepEqual(settled.inputs, ['x']);
  assert.equal(settled.unfit, null);
  rmSync(join(folder, 'model-blame.json'));
  const open = await cardOf(join(folder, 'rates.onnx'));
  assert.match(open.unfit ?? '', /operator If/);
  assert.ok(open.fits.includes('occlusion') && !open.fits.includes('integrated-gradients'), open.fits.join());
});

test('what does not fit the model is refused by name', async () => {
  const fails = (given: GivenInputs, pattern: RegExp) =>
    assert.rejects(made('rates', rates(), given), (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(`${error.message} ${error.next ?? ''}`, pattern);
      return true;
    });
  await fails({ fixed: { rate: 16000 } }, /no input called rate.*x, sr/);
  await fails({ fixed: { sr: 0.5 } }, /sr cannot have the value 0.5.*whole/);
  await fails({ fixed: { sr: [1, 2] } }, /list of 1/);
  await fails({ fixed: { x: 0 } }, /sizes of input x are not known.*"shapes"/);
  await fails({ shapes: { x: [1, 3] } }, /cannot have the sizes 1 × 3/);
});

function halving(b: GraphBuilder, value: Value, times: number): Value {
  const inner = new GraphBuilder('half');
  inner.scope('half');
  const inputs = [
    inner.input('s', 'int64', []),
    inner.input('more', 'bool', []),
    inner.input('v', 'float32', ['batch', 2]),
  ];
  const outputs = [inner.rename('more', 'on'), inner.rename(inner.op('Mul', ['v', inner.scalar(0.5)]), 'w')];
  const step = { ...inner.build(outputs), inputs };
  const [last = ''] = b.ops('Loop', [b.constant(i64(times)), b.constant(bool([true], [])), value], 1, { body: subgraph(step) }); // prettier-ignore
  return last;
}

/** h ← tanh(h·W + x_t), three times; the last state and all states are summed. With `halvings`, h is halved so often. */
function looped(trips: Value | number, halvings = 0): Graph {
  const b = new GraphBuilder('looped');
  b.input('x', 'float32', ['batch', 3, 2]);
  const inner = new GraphBuilder('step', { ...b.build([]), types: new Map(b.types()) });
  inner.scope('step');
  const [t, go, h] = [
    inner.input('t', 'int64', []),
    inner.input('go', 'bool', []),
    inner.input('h', 'float32', ['batch', 2]),
  ];
  const row = inner.op('Gather', ['x', t], { axis: int(1) });
  const sum = inner.op('Add', [inner.op('MatMul', [h, inner.constant(weights(4, 2, 2), 'W')]), row]);
  const halved = halvings === 0 ? sum : halving(inner, sum, halvings);
  const next = inner.rename(inner.op('Tanh', [halved]), 'next');
  const outputs = [inner.rename(go, 'goes'), next, inner.rename(next, 'kept')];
  const built = inner.build(outputs);
  const step = { ...built, inputs: [t, go, h] };
  const zero = b.op('ReduceSum', [b.op('Mul', ['x', b.scalar(0)]), b.indices([1])], { keepdims: int(0) });
  const most = typeof trips === 'number' ? b.constant(i64(trips)) : trips;
  const [last = '', all = ''] = b.ops('Loop', [most, b.constant(bool([true], [])), zero], 2, { body: subgraph(step) });
  const kept = b.op('ReduceSum', [all, b.indices([0])], { keepdims: int(0) });
  return b.build([b.rename(b.op('Add', [last, kept]), 'y')]);
}

const sequence = f32([0.3, -0.6, 0.1, 0.9, -0.4, 0.2], [1, 3, 2]);

test('a Loop of a known number of steps is laid out', async () => {
  const item = await made('looped', looped(3));
  assert.equal(canDifferentiate(item.model), null);
  await agrees(item, { x: sequence });
});

test('loops without end, and loops within loops, are not laid out without bound', async () => {
  const began = processorTime();
  const endless = await made('endless', looped(2 ** 53));
  assert.match(canDifferentiate(endless.model) ?? '', /operator Loop/);
  const many = await made('many', looped(40, 1000));
  assert.ok(many.model.graph.nodes.length < 20_000);
  assert.ok(processorTime() - began < 10_000, 'took too long');
});

/** The same as a Scan; backwards in time with `turned`. */
function scanned(length: number | string, turned: boolean): Graph {
  const b = new GraphBuilder('scanned');
  b.input('x', 'float32', ['batch', length, 2]);
  const inner = new GraphBuilder('step');
  inner.scope('step');
  const [h, row] = [inner.input('h', 'float32', ['batch', 2]), inner.input('row', 'float32', ['batch', 2])];
  const sum = inner.op('Add', [inner.op('MatMul', [h, inner.constant(weights(5, 2, 2), 'W')]), row]);
  const next = inner.rename(inner.op('Tanh', [sum]), 'next');
  const step = { ...inner.build([next, inner.rename(next, 'kept')]), inputs: [h, row] };
  const zero = b.op('ReduceSum', [b.op('Mul', ['x', b.scalar(0)]), b.indices([1])], { keepdims: int(0) });
  const direction = turned ? 1 : 0;
  const [last = '', all = ''] = b.ops('Scan', [zero, 'x'], 2, {
    body: subgraph(step),
    num_scan_inputs: int(1),
    scan_input_axes: ints([1]),
    scan_output_axes: ints([1]),
    scan_input_directions: ints([direction]),
    scan_output_directions: ints([direction]),
  });
  const first = b.op('Gather', [all, b.constant(i64(0))], { axis: int(1) });
  return b.build([b.rename(b.op('Add', [last, b.op('Mul', [first, b.scalar(3)])]), 'y')]);
}

test('a Scan over a known length is laid out, in both directions', async () => {
  for (const turned of [false, true]) {
    const item = await made(`scanned${turned}`, scanned(3, turned));
    await agrees(item, { x: sequence });
  }
});

test('loops of unknown length run, and relevance through them is refused', async () => {
  const { file, model } = await made('free', scanned('n', false));
  assert.match(canDifferentiate(model) ?? '', /operator Scan/);
  const forward = compileProgram(model, { kind: 'forward', ...LINEAR });
  const result = await runInEngine(forward, { x: sequence, [names.seed]: f32([1, 0], [1, 2]) });
  const expected = await runFile(file, { x: sequence });
  assert.deepEqual(Array.from(result[names.logits]?.data ?? []), Array.from(expected['y']?.data as Float32Array));
  await agrees(await made('settled', scanned('n', false), { shapes: { x: ['batch', 3, 2] } }), { x: sequence });
});

test('a body that reads a value with a name of the program’s own reads that value', async () => {
  const b = new GraphBuilder('clash');
  b.input('x', 'float32', ['batch', 'n']);
  b.add({ name: 'e', op: 'Exp', domain: '', inputs: ['x'], outputs: ['score'], attributes: {} });
  const size = b.op('Gather', [b.op('Shape', ['x']), b.constant(i64(1))], { axis: int(0) });
  const yes = body('yes', b, (inner) => inner.op('Tanh', ['score']));
  const no = body('no', b, (inner) => inner.op('ReduceSum', ['score', inner.indices([1])], { keepdims: int(0) }));
  const graph = b.build([b.rename(branch(b, b.op('Equal', [size, b.constant(i64(2))]), yes, no), 'y')]);
  const { file, model } = await made('clash', graph);
  const x = f32([0.3, -0.6], [1, 2]);
  const forward = compileProgram(model, { kind: 'forward', ...LINEAR });
  const result = await runInEngine(forward, { x, [names.seed]: f32([1, 0], [1, 2]) });
  assert.deepEqual(
    Array.from(result[names.logits]?.data ?? []),
    Array.from((await runFile(file, { x }))['y']?.data as Float32Array),
  );
});
