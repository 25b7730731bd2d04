/** AttnLRP's rules against slow, obvious forms of their formulas in double precision, and what they conserve. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, int } from '../../../server/graph/attributes';
import type { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import { BATCH } from '../../../server/graph/types';
import type { Value } from '../../../server/graph/types';
import { canDifferentiate, compileProgram } from '../../../server/program/compile';
import { conservationColumns, names } from '../../../server/program/types';
import type { Program, RuleOptions } from '../../../server/program/types';
import { array, interpret } from '../../support/interpreter';
import { inputs, modelOf, worst } from '../../support/interpreter/models';

/** Numbers without pattern, the same every time. */
function numbers(count: number, seed: number): number[] {
  let state = seed * 2654435761;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
const constant = (b: GraphBuilder, dims: readonly number[], seed: number): Value =>
  b.constant(f32(numbers(dims.reduce((a, c) => a * c, 1), seed), dims)); // prettier-ignore
/** As the constant holds them: float32. */
const held = (count: number, seed: number): number[] => Array.from(Float32Array.from(numbers(count, seed)));

interface Network {
  readonly dims: readonly number[];
  readonly build: (b: GraphBuilder, x: Value) => Value;
}

function compiled({ dims, build }: Network, options: RuleOptions = {}, conservation = false): Program {
  const b = inputs({ x: [BATCH, ...dims] });
  const model = modelOf({ b, entries: ['x'], logits: build(b, 'x') });
  return compileProgram(model, { kind: 'relevance', head: 'linear', rules: 'attnlrp', options, conservation });
}

/** R = x ⊙ c, and S. */
function explain(network: Network, x: readonly number[], seed: readonly number[], options: RuleOptions = {}) {
  const feeds = { x: array([1, ...network.dims], x), [names.seed]: array([1, seed.length], seed) };
  const outputs = interpret(compiled(network, options).graph, feeds);
  const ratio = outputs[names.relevance('x')]!.data;
  return {
    ratio,
    relevance: ratio.map((c, at) => c * x[at]!),
    score: outputs[names.score]!.data[0]!,
  };
}

/** With its own message: the one that `assert.ok` makes from the source takes minutes. */
function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const error = worst(actual, expected);
  assert.ok(error < tolerance, `error ${error}`);
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);

// One head of attention, as in the paper's equations, with R itself and loops over neurons.

const [positions, width] = [4, 3];
const scaling = Math.fround(1 / Math.sqrt(width));

function attention(masked: boolean): Network {
  return {
    dims: [positions, width],
    build: (b, x) => {
      const [q, k, v] = [1, 2, 3].map((seed) => b.op('MatMul', [x, constant(b, [width, width], seed)]));
      const turned = b.op('Transpose', [k!], { perm: { type: 'ints', value: [0, 2, 1] } });
      const scaled = b.op('Mul', [b.op('MatMul', [q!, turned]), b.scalar(scaling)]);
      const mask = b.constant(f32([0, 0, 0, -Infinity], [1, 1, positions]));
      const weights = b.op('Softmax', [masked ? b.op('Add', [scaled, mask]) : scaled], { axis: int(-1) });
      return b.op('ReduceSum', [b.op('MatMul', [weights, v!]), b.indices([1])], { keepdims: int(0) });
    },
  };
}

type Matrix = number[][];
const matrix = (values: readonly number[], columns: number): Matrix =>
  Array.from({ length: values.length / columns }, (_, row) => values.slice(row * columns, (row + 1) * columns));
const zeros = (rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, () => new Array<number>(columns).fill(0));

/** z_pk = Σ_j a_pj w_jk; R_pj = Σ_k a_pj w_jk / z_pk R_pk. */
function linearBack(a: Matrix, w: Matrix, z: Matrix, r: Matrix): Matrix {
  const result = zeros(a.length, w.length);
  for (let p = 0; p < a.length; p += 1)
    for (let j = 0; j < w.length; j += 1)
      for (let k = 0; k < w[0]!.length; k += 1) result[p]![j]! += ((a[p]![j]! * w[j]![k]!) / z[p]![k]!) * r[p]![k]!;
  return result;
}

const times = (a: Matrix, w: Matrix): Matrix =>
  a.map((row) => w[0]!.map((_, k) => row.reduce((total, value, j) => total + value * w[j]![k]!, 0)));

/** Relevance of x for Σ over positions of one output, by the formulas alone. */
function slowAttention(x: Matrix, target: number, masked: boolean): Matrix {
  const [wq, wk, wv] = [1, 2, 3].map((seed) => matrix(held(width * width, seed), width)) as [Matrix, Matrix, Matrix];
  const [q, k, v] = [times(x, wq), times(x, wk), times(x, wv)];
  const scores = q.map((row) => k.map((key) => row.reduce((total, value, j) => total + value * key[j]!, 0) * scaling));
  if (masked) scores.forEach((row) => (row[positions - 1] = -Infinity));
  const weights = scores.map((row) => {
    const total = sum(row.map(Math.exp));
    return row.map((z) => Math.exp(z) / total);
  });
  const output = times(weights, v);
  // Σ over positions is linear: every position keeps its own value; other outputs have no relevance.
  const r = output.map((row) => row.map((value, j) => (j === target ? value : 0)));
  // O = A V: R_A,pj = Σ_k A_pj V_jk / (2 O_pk) R_pk, R_V the same over p.
  const [rWeights, rValues] = [zeros(positions, positions), zeros(positions, width)];
  for (let p = 0; p < positions; p += 1)
    for (let j = 0; j < positions; j += 1)
      for (let c = 0; c < width; c += 1) {
        const share = ((weights[p]![j]! * v[j]![c]!) / (2 * output[p]![c]!)) * r[p]![c]!;
        rWeights[p]![j]! += share;
        rValues[j]![c]! += share;
      }
  // Softmax: R_i = z_i (R_i − s_i Σ R); z = −∞ counts as 0.
  const rScores = rWeights.map((row, p) => {
    const total = sum(row);
    return row.map((value, j) =>
      scores[p]![j] === -Infinity ? 0 : scores[p]![j]! * (value - weights[p]![j]! * total),
    );
  });
  // Z = Q Kᵀ · scale.
  const [rQueries, rKeys] = [zeros(positions, width), zeros(positions, width)];
  for (let p = 0; p < positions; p += 1)
    for (let j = 0; j < positions; j += 1)
      for (let c = 0; c < width; c += 1) {
        if (rScores[p]![j] === 0) continue;
        const share = ((q[p]![c]! * k[j]![c]! * scaling) / (2 * scores[p]![j]!)) * rScores[p]![j]!;
        rQueries[p]![c]! += share;
        rKeys[j]![c]! += share;
      }
  const parts = [linearBack(x, wq, q, rQueries), linearBack(x, wk, k, rKeys), linearBack(x, wv, v, rValues)];
  return x.map((row, p) => row.map((_, j) => sum(parts.map((part) => part[p]![j]!))));
}

for (const masked of [false, true])
  test(`attention${masked ? ' with a key masked by −∞' : ''}: as the paper’s rules applied neuron by neuron`, () => {
    const x = numbers(positions * width, 11);
    for (let target = 0; target < width; target += 1) {
      const seed = Array.from({ length: width }, (_, at) => Number(at === target));
      const own = explain(attention(masked), x, seed);
      const slow = slowAttention(matrix(x, width), target, masked).flat();
      near(own.relevance, slow, 1e-9);
    }
  });

// Activations: the line from 0.

const erf = (z: number): number => {
  // Taylor's series; enough terms for |z| < 4.
  let [term, total] = [z, z];
  for (let n = 1; n < 80; n += 1) {
    term *= (-z * z) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
};
const activations: Readonly<Record<string, { f: (z: number) => number; slope: number; attributes?: object }>> = {
  Gelu: { f: (z) => 0.5 * z * (1 + erf(z / Math.SQRT2)), slope: 0.5 },
  Tanh: { f: Math.tanh, slope: 1 },
  Relu: { f: (z) => Math.max(0, z), slope: 0 },
  LeakyRelu: { f: (z) => (z > 0 ? z : 0.01 * z), slope: 0.01 },
  Elu: { f: (z) => (z > 0 ? z : Math.expm1(z)), slope: 1 },
  Mish: { f: (z) => z * Math.tanh(Math.log1p(Math.exp(z))), slope: 0.6 },
  HardSwish: { f: (z) => z * Math.min(1, Math.max(0, z / 6 + 0.5)), slope: 0.5 },
  Sigmoid: { f: (z) => 1 / (1 + Math.exp(-z)), slope: 0.25 },
  HardSigmoid: { f: (z) => Math.min(1, Math.max(0, 0.2 * z + 0.5)), slope: 0.2 },
  Softplus: { f: (z) => Math.log1p(Math.exp(z)), slope: 0.5 },
  Exp: { f: Math.exp, slope: 1 },
  Cos: { f: Math.cos, slope: 0 },
  Softsign: { f: (z) => z / (1 + Math.abs(z)), slope: 1 },
};
const points = [-3.1, -2.5, -1, -0.3, -0.02, -1e-4, 0, 1e-4, 0.02, 0.4, 1.7, 2.6, 3.3];

for (const [op, { f, slope }] of Object.entries(activations))
  test(`${op}: c · (f(z) − f(0))/z, and c · f′(0) at 0`, () => {
    const network: Network = { dims: [points.length], build: (b, x) => b.op(op, [x]) };
    const seed = points.map((_, at) => 1 + at / 3);
    const { ratio } = explain(network, points, seed);
    points.forEach((z, at) => {
      const expected = z === 0 ? slope : (f(z) - f(0)) / z;
      // Differences near 0 cancel in this test's own formula.
      const tolerance = Math.abs(z) < 1e-3 ? 1e-4 : 1e-7;
      assert.ok(
        Math.abs(ratio[at]! / seed[at]! - expected) < tolerance,
        `${z}: ${ratio[at]! / seed[at]!} ≠ ${expected}`,
      );
    });
  });

test('Clip: the line from 0, also where 0 is outside the bounds', () => {
  for (const [low, high] of [
    [0, 2],
    [0.5, 2],
  ] as const) {
    // prettier-ignore
    const network: Network = {
      dims: [points.length],
      build: (b, x) => b.op('Clip', [x, b.scalar(low), b.scalar(high)]),
    };
    const f = (z: number): number => Math.min(high, Math.max(low, z));
    const { ratio } = explain(network, points, points.map(() => 1)); // prettier-ignore
    points.forEach((z, at) => {
      if (z !== 0) near([ratio[at]!], [(f(z) - f(0)) / z], 1e-9);
    });
  }
});

test('SiLU written as a product is an activation: all to x, c · σ(x)', () => {
  const network: Network = { dims: [points.length], build: (b, x) => b.op('Mul', [x, b.op('Sigmoid', [x])]) };
  const { ratio } = explain(network, points, points.map(() => 1)); // prettier-ignore
  near(ratio, points.map((z) => 1 / (1 + Math.exp(-z))), 1e-12); // prettier-ignore
});

// Normalisations: only the deviation is constant.

const x6 = numbers(6, 5).map((value) => 2 * value + 0.7);
const seed6 = numbers(6, 6);
const average = (values: readonly number[]): number => sum(values) / values.length;

const layerNorms: Readonly<Record<string, Network['build']>> = {
  operator: (b, x) =>
    b.op('LayerNormalization', [x, constant(b, [6], 7), constant(b, [6], 8)], { axis: int(-1), epsilon: float(1e-5) }),
  primitives: (b, x) => {
    const d = b.op('Sub', [x, b.op('ReduceMean', [x, b.indices([-1])])]);
    const spread = b.op('Add', [b.op('ReduceMean', [b.op('Mul', [d, d]), b.indices([-1])]), b.scalar(1e-5)]);
    const hat = b.op('Div', [d, b.op('Sqrt', [spread])]);
    return b.op('Add', [b.op('Mul', [hat, constant(b, [6], 7)]), constant(b, [6], 8)]);
  },
  // Not recognised (the variance is of other axes' kind), still carried by the same rules.
  unrecognised: (b, x) => {
    const d = b.op('Sub', [x, b.op('ReduceMean', [x, b.indices([-1])])]);
    const spread = b.op('Add', [b.scalar(1e-5), b.op('ReduceMean', [b.op('Abs', [b.op('Mul', [d, d])]), b.indices([-1])])]);
    const hat = b.op('Div', [d, b.op('Sqrt', [spread])]);
    return b.op('Add', [b.op('Mul', [hat, constant(b, [6], 7)]), constant(b, [6], 8)]);
  },
}; // prettier-ignore

for (const [name, build] of Object.entries(layerNorms))
  test(`layer norm, ${name}: the mean is linear, the deviation constant, the shift absorbs`, () => {
    const { relevance } = explain({ dims: [6], build }, x6, seed6);
    const gamma = held(6, 7);
    const deviation = Math.sqrt(average(x6.map((value) => (value - average(x6)) ** 2)) + 1e-5);
    const expected = x6.map((value, j) => {
      let total = 0;
      for (let k = 0; k < 6; k += 1) total += ((seed6[k]! * gamma[k]!) / deviation) * ((j === k ? 1 : 0) - 1 / 6);
      return value * total;
    });
    near(relevance, expected, 1e-7);
  });

test('RMS norm, as a product or a quotient: the root is constant', () => {
  const root = (b: GraphBuilder, x: Value): Value => {
    const square = b.op('Pow', [x, b.scalar(2)]);
    return b.op('Sqrt', [b.op('Add', [b.op('ReduceMean', [square, b.indices([-1])]), b.scalar(1e-5)])]);
  };
  const expected = x6.map((value, k) => (value * seed6[k]!) / Math.sqrt(average(x6.map((v) => v * v)) + 1e-5));
  const builds: Network['build'][] = [
    (b, x) => b.op('Div', [x, root(b, x)]),
    (b, x) => b.op('Mul', [x, b.op('Reciprocal', [root(b, x)])]),
    (b, x) => b.op('Mul', [b.op('Div', [b.scalar(1), root(b, x)]), x]),
  ];
  for (const build of builds) near(explain({ dims: [6], build }, x6, seed6).relevance, expected, 1e-7);
});

test('norms over channels and vectors: relevance through the mean alone', () => {
  const x = numbers(8, 3);
  const group = explain(
    {
      dims: [2, 4],
      build: (b, value) => {
        const [ones, none] = [b.constant(f32([1, 1])), b.constant(f32([0, 0]))];
        return b.op('Flatten', [b.op('InstanceNormalization', [value, ones, none])]);
      },
    },
    x,
    numbers(8, 4),
  );
  const seed = numbers(8, 4);
  const expected = x.map((value, j) => {
    const rows = [0, 1, 2, 3].map((at) => (j < 4 ? at : at + 4));
    const mean = average(rows.map((at) => x[at]!));
    const deviation = Math.sqrt(average(rows.map((at) => (x[at]! - mean) ** 2)) + 1e-5);
    return (value * (seed[j]! - average(rows.map((at) => seed[at]!)))) / deviation;
  });
  near(group.relevance, expected, 1e-7);
  const unit = explain({ dims: [8], build: (b, v) => b.op('LpNormalization', [v], { axis: int(-1) }) }, x, seed);
  const norm = Math.sqrt(sum(x.map((value) => value * value)));
  near(
    unit.relevance,
    x.map((value, at) => (value * seed[at]!) / norm),
    1e-9,
  );
});

// Products.

test('a product of two signals: half to each, in every operator that makes one', () => {
  const build =
    (product: (b: GraphBuilder, p: Value, q: Value) => Value): Network['build'] =>
    (b, x) => {
      const [p, q] = b.ops('Split', [x, b.indices([2, 2])], 2, { axis: int(1) });
      return product(b, p!, q!);
    };
  const x = [0.3, -1.2, 2.1, 0.8];
  const cases: { build: Network['build']; seed: number[]; expected: number[] }[] = [
    { build: build((b, p, q) => b.op('Mul', [p, q])), seed: [1, -2], expected: [0.315, 0.96, 0.315, 0.96] },
    {
      build: build((b, p, q) => b.op('Einsum', [p, q], { equation: { type: 'string', value: 'bi,bi->b' } })),
      seed: [1],
      expected: [0.315, -0.48, 0.315, -0.48],
    },
    {
      build: build((b, p, q) => {
        const row = b.op('Unsqueeze', [p, b.indices([1])]);
        return b.op('Flatten', [b.op('MatMul', [row, b.op('Unsqueeze', [q, b.indices([2])])])]);
      }),
      seed: [1],
      expected: [0.315, -0.48, 0.315, -0.48],
    },
  ];
  for (const { build: network, seed, expected } of cases)
    near(explain({ dims: [4], build: network }, x, seed).relevance, expected, 1e-9);
});

test('a square takes what its value is worth, a quotient gives all to the numerator', () => {
  for (const op of ['Mul', 'Pow'] as const) {
    const square: Network['build'] = (b, x) => b.op(op, [x, op === 'Mul' ? x : b.scalar(2)]);
    near(explain({ dims: [2], build: square }, [3, -0.5], [1, 1]).relevance, [9, 0.25], 1e-9);
  }
  const quotient: Network['build'] = (b, x) => b.op('Div', [x, b.op('Exp', [b.op('Tanh', [x])])]);
  const values = [0.5, -1.5];
  const expected = values.map((value) => value / Math.exp(Math.tanh(value)));
  near(explain({ dims: [2], build: quotient }, values, [1, 1]).relevance, expected, 1e-9);
});

// Conservation.

/** Two layers without biases: attention with residuals, RMS norm, a gated product; mean over positions. */
const plain: Network = {
  dims: [positions, width],
  build: (b, x) => {
    let state = x;
    for (const layer of [0, 1]) {
      const weight = (at: number): Value => constant(b, [width, width], 20 + 10 * layer + at);
      const square = b.op('ReduceMean', [b.op('Mul', [state, state]), b.indices([-1])]);
      const y = b.op('Div', [state, b.op('Sqrt', [b.op('Add', [square, b.scalar(1e-6)])])]);
      const [q, k, v, gate, up] = [1, 2, 3, 4, 5].map((at) => b.op('MatMul', [y, weight(at)]));
      const turned = b.op('Transpose', [k!], { perm: { type: 'ints', value: [0, 2, 1] } });
      const weights = b.op('Softmax', [b.op('MatMul', [q!, turned])], { axis: int(-1) });
      const gated = b.op('Mul', [b.op('Mul', [gate!, b.op('Sigmoid', [gate!])]), up!]);
      state = b.op('Add', [b.op('Add', [state, b.op('MatMul', [weights, v!])]), b.op('Gelu', [gated])]);
    }
    return b.op('ReduceMean', [state, b.indices([1])], { keepdims: int(0) });
  },
};

test('cpLRP on a network without biases: ΣR = S to rounding; attnlrp’s loss is what softmax absorbed', () => {
  const x = numbers(positions * width, 12);
  const seed = [1, -0.5, 2];
  const constantWeights = explain(plain, x, seed, { variant: 'cpLRP' });
  const scale = sum(constantWeights.relevance.map(Math.abs));
  assert.ok(Math.abs(sum(constantWeights.relevance) - constantWeights.score) < 1e-9 * scale, 'cpLRP loses');
  const own = explain(plain, x, seed);
  assert.ok(Math.abs(sum(own.relevance) - own.score) > 1e-3 * scale, 'softmax absorbs nothing');

  const program = compiled(plain, {}, true);
  const feeds = { x: array([1, ...plain.dims], x), [names.seed]: array([1, 3], seed) };
  const table = interpret(program.graph, feeds)[names.conservation]!.data;
  const rows = program.trace.map((traced, row) => {
    const cell = (column: (typeof conservationColumns)[number]): number =>
      table[row * conservationColumns.length + conservationColumns.indexOf(column)]!;
    return { ...traced, arrived: cell('arrived'), passedOn: cell('passedOn'), softmax: cell('softmax') };
  });
  assert.ok(Math.abs(rows[0]!.arrived - own.score) < 1e-6, `${rows[0]!.arrived} ≠ ${own.score}`);
  const absorbed = sum(rows.map(({ softmax }) => softmax));
  assert.ok(Math.abs(own.score - sum(own.relevance) - absorbed) < 1e-6, `${absorbed}`);
  // Every node hands on what arrived, but for what it says it absorbs.
  for (const { op, arrived, passedOn, softmax } of rows)
    assert.ok(Math.abs(arrived - passedOn - softmax) < 1e-6, `${op}: ${arrived} → ${passedOn}`);
});

test('biases, masks and layer norm’s shift are booked; −∞ leaves no NaN in the books', () => {
  const network: Network = {
    dims: [positions, width],
    build: (b, x) => {
      const shifted = b.op('LayerNormalization', [x, constant(b, [width], 41), constant(b, [width], 42)], {
        axis: int(-1),
      });
      const state = attention(true).build(b, shifted);
      return b.op('Gemm', [state, constant(b, [width, 2], 43), constant(b, [2], 44)]);
    },
  };
  const x = numbers(positions * width, 13);
  const own = explain(network, x, [1, 0]);
  const program = compiled(network, {}, true);
  const feeds = { x: array([1, ...network.dims], x), [names.seed]: array([1, 2], [1, 0]) };
  const table = interpret(program.graph, feeds)[names.conservation]!.data;
  assert.ok(table.every(Number.isFinite), 'NaN or infinity in the table');
  const columns = conservationColumns.length;
  let absorbed = 0;
  program.trace.forEach((_, row) => {
    absorbed += sum(table.slice(row * columns + 3, (row + 1) * columns));
  });
  assert.ok(Math.abs(own.score - sum(own.relevance) - absorbed) < 1e-6, `absorbed ${absorbed}`);
});

// What it refuses.

test('an unknown variant is named; recurrent cells have no rule here', () => {
  assert.throws(() => compiled(plain, { variant: 'attn' }), /no variant "attn"/);
  const b = inputs({ x: [3, BATCH, 4] });
  const [w, r] = [constant(b, [1, 8, 4], 1), constant(b, [1, 8, 2], 2)];
  const [, last] = b.ops('LSTM', ['x', w, r], 2, { hidden_size: int(2) });
  const model = modelOf({ b, entries: ['x'], logits: b.op('Squeeze', [last!, b.indices([0])]) });
  assert.match(canDifferentiate(model, 'attnlrp') ?? '', /LSTM/);
});
