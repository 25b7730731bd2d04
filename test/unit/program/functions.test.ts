/** Activations that exporters write in several operators are one function for every rule: against closed forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int } from '../../../server/graph/attributes';
import type { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import { BATCH } from '../../../server/graph/types';
import type { Value } from '../../../server/graph/types';
import { elementFunctions } from '../../../server/program/canonize/functions';
import { compileProgram } from '../../../server/program/compile';
import { maths } from '../../../server/program/maths';
import { conservationColumns, names } from '../../../server/program/types';
import type { RuleOptions } from '../../../server/program/types';
import { array, interpret } from '../../support/interpreter';
import { inputs, modelOf, worst } from '../../support/interpreter/models';

interface Form {
  readonly f: (x: number) => number;
  readonly slope: (x: number) => number;
  readonly build: (b: GraphBuilder, x: Value) => Value;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softshrink = {
  f: (x: number) => Math.sign(x) * Math.max(0, Math.abs(x) - 0.5),
  slope: (x: number) => Number(Math.abs(x) > 0.5),
};

/** As PyTorch's two exporters write them. */
const forms: Readonly<Record<string, Form>> = {
  'log σ(x)': {
    f: (x) => Math.log(sigmoid(x)),
    slope: (x) => sigmoid(-x),
    build: (b, x) => b.op('Log', [b.op('Sigmoid', [x])]),
  },
  'log cosh x': {
    f: (x) => Math.log(Math.cosh(x)),
    slope: Math.tanh,
    build: (b, x) => b.op('Log', [b.op('Cosh', [x])]),
  },
  'softshrink, two choices': {
    ...softshrink,
    build(b, x) {
      const m = maths(b, x);
      const above = m.where(m.greater(x, 0.5), m.sub(x, 0.5), 0);
      return m.add(above, m.where(m.less(x, -0.5), m.add(x, 0.5), 0));
    },
  },
  'softshrink, with a sign': {
    ...softshrink,
    build(b, x) {
      const m = maths(b, x);
      return m.where(m.greater(m.abs(x), 0.5), m.sub(x, m.mul(m.sign(x), 0.5)), m.mul(x, 0));
    },
  },
  hardshrink: {
    f: (x) => (Math.abs(x) > 0.5 ? x : 0),
    slope: softshrink.slope,
    build(b, x) {
      const m = maths(b, x);
      const bool = (value: Value): Value => b.op('Cast', [value], { to: int(9) });
      return m.where(m.or(bool(m.greater(x, 0.5)), bool(m.less(x, -0.5))), x, 0);
    },
  },
  threshold: {
    f: (x) => (x > 0.25 ? x : -0.5),
    slope: (x) => Number(x > 0.25),
    build: (b, x) => maths(b, x).where(maths(b, x).lessOrEqual(x, 0.25), -0.5, x),
  },
  'softplus with a case of its own': {
    f: (x) => (2.5 * x > 5 ? x : Math.log1p(Math.exp(2.5 * x)) / 2.5),
    slope: (x) => (2.5 * x > 5 ? 1 : sigmoid(2.5 * x)),
    build(b, x) {
      const m = maths(b, x);
      const scaled = m.mul(x, 2.5);
      return m.where(m.greater(scaled, 5), x, m.div(m.softplus(scaled), 2.5));
    },
  },
  'x tanh eˣ': {
    f: (x) => x * Math.tanh(Math.exp(x)),
    slope: (x) => Math.tanh(Math.exp(x)) + (x * Math.exp(x)) / Math.cosh(Math.exp(x)) ** 2,
    build: (b, x) => maths(b, x).mul(x, b.op('Tanh', [b.op('Exp', [x])])),
  },
  'x + √(x² + 4)': {
    f: (x) => x + Math.sqrt(x * x + 4),
    slope: (x) => 1 + x / Math.sqrt(x * x + 4),
    build: (b, x) => maths(b, x).add(x, b.op('Sqrt', [maths(b, x).add(maths(b, x).mul(x, x), 4)])),
  },
  'min(x, ½)': {
    f: (x) => Math.min(x, 0.5),
    slope: (x) => Number(x < 0.5),
    build: (b, x) => b.op('Min', [x, b.scalar(0.5)]),
  },
};

const weights = [1, -0.5, 2, 0.25, -1.5, 0.75, 0.5, 1.25]; // [2, 4]
const bias = [0.125, -0.25, 0.5, -0.875];
const last = [1, -2, 0.5, 1.5];
const x = [1.25, 0.75];
const from = [-0.5, 0.25];

const argument = (at: readonly number[], unit: number): number =>
  at[0]! * weights[unit]! + at[1]! * weights[4 + unit]! + bias[unit]!;
const units = [0, 1, 2, 3];
const each = (value: (unit: number, input: number) => number): number[] =>
  [0, 1].map((input) => units.reduce((sum, unit) => sum + value(unit, input), 0));
const weight = (input: number, unit: number): number => weights[4 * input + unit]!;

function modelWith({ build }: Form) {
  const b = inputs({ x: [BATCH, 2] });
  const hidden = b.op('Gemm', ['x', b.constant(f32(weights, [2, 4])), b.constant(f32(bias, [4]))]);
  const y = build(b, hidden);
  return { model: modelOf({ b, entries: ['x'], logits: b.op('MatMul', [y, b.constant(f32(last, [4, 1]))]) }), y };
}

function run(form: Form, rules: string, options: RuleOptions = {}) {
  const spec = { kind: 'relevance', head: 'linear', rules, options, conservation: true } as const;
  const { graph, trace, twins } = compileProgram(modelWith(form).model, spec);
  const feeds = {
    x: array([1, 2], x),
    [names.seed]: array([1, 1], [1]),
    ...(twins.includes('reference') ? { [names.twin('reference', 'x')]: array([1, 2], from) } : {}),
  };
  const outputs = interpret(graph, feeds);
  const table = Array.from(outputs[names.conservation]!.data);
  const rows = trace.map((row, index) => ({
    ...row,
    sums: Object.fromEntries(
      conservationColumns.map((name, at) => [name, table[index * conservationColumns.length + at]!]),
    ),
  }));
  return { relevance: Array.from(outputs[names.relevance('x')]!.data), rows };
}

function near(actual: readonly number[], expected: readonly number[], tolerance = 1e-6): void {
  const error = worst(actual, expected);
  assert.ok(error < tolerance, `[${actual.join(', ')}] is not [${expected.join(', ')}]: off by ${error}`);
}

for (const [name, form] of Object.entries(forms)) {
  const { f, slope } = form;
  const z = units.map((unit) => argument(x, unit));
  const before = units.map((unit) => argument(from, unit));
  const arrived = (unit: number): number => last[unit]! * (f(z[unit]!) - f(0));

  test(`${name}: LRP absorbs f(0) and nothing else at the activation`, () => {
    const { relevance, rows } = run(form, 'lrp', { rule: { rule: 'zero' }, fold: false });
    near(
      relevance,
      each((unit, input) => (arrived(unit) / z[unit]!) * weight(input, unit) * x[input]!),
    );
    // The activation hands on what is not absorbed: R at z is v (f(z) − f(0)).
    const linear = rows.find(({ op }) => op === 'Gemm');
    near([linear?.sums['arrived'] ?? NaN], [units.reduce((sum, unit) => sum + arrived(unit), 0)]);
  });

  test(`${name}: AttnLRP carries (f(z) − f(0))/z`, () => {
    near(
      run(form, 'attnlrp').relevance,
      each((unit, input) => (arrived(unit) / z[unit]!) * weight(input, unit)),
    );
  });

  test(`${name}: DeepLIFT's multiplier is Δy/Δx`, () => {
    const step = (unit: number): number => (f(z[unit]!) - f(before[unit]!)) / (z[unit]! - before[unit]!);
    near(
      run(form, 'deeplift').relevance,
      each((unit, input) => last[unit]! * step(unit) * weight(input, unit)),
    );
  });

  test(`${name}: RevealCancel tells the parts of Δx apart`, () => {
    const multipliers = (unit: number, input: number): number => {
      const parts = [0, 1].map((i) => weight(i, unit) * (x[i]! - from[i]!));
      const sum = (sign: number): number => parts.filter((part) => part * sign > 0).reduce((a, c) => a + c, 0);
      const at = (shift: number): number => f(before[unit]! + shift);
      const [plus, minus] = [sum(1), sum(-1)];
      const gain = (own: number, other: number): number =>
        own === 0 ? 0 : (at(own) - at(0) + at(own + other) - at(other)) / 2 / own;
      return parts[input]! > 0 ? gain(plus, minus) : gain(minus, plus);
    };
    const { relevance } = run(form, 'deeplift', { variant: 'reveal-cancel' });
    near(
      relevance,
      each((unit, input) => last[unit]! * multipliers(unit, input) * weight(input, unit)),
    );
  });

  test(`${name}: guided backpropagation has one clamp for all of it`, () => {
    const through = (unit: number): number => Math.max(0, slope(z[unit]!)) * Math.max(0, last[unit]!);
    near(
      run(form, 'guided-backprop').relevance,
      each((unit, input) => through(unit) * weight(input, unit)),
    );
  });
}

test('AttnLRP next to 0: the slope, where f(z) − f(0) has no digits', () => {
  const form = forms['log σ(x)']!;
  const b = inputs({ x: [BATCH, 2] });
  const model = modelOf({ b, entries: ['x'], logits: form.build(b, 'x') });
  const { graph } = compileProgram(model, { kind: 'relevance', head: 'linear', rules: 'attnlrp' });
  const feeds = { x: array([1, 2], [1e-9, 0]), [names.seed]: array([1, 2], [1, 1]) };
  near(Array.from(interpret(graph, feeds)[names.relevance('x')]!.data), [0.5, 0.5]);
});

test('what others read inside, what relevance is asked for there, polynomials and chains stay as they are', () => {
  const found = (build: Form['build'], keep: readonly Value[] = [], more: readonly Value[] = []): number => {
    const b = inputs({ x: [BATCH, 2] });
    const y = build(b, 'x');
    return elementFunctions(b.build([y, ...more]), new Set(['x', y, ...keep])).size;
  };
  let inner = '';
  const form: Form['build'] = (b, value) => {
    inner = b.op('Exp', [value]);
    return b.op('Mul', [value, b.op('Tanh', [inner])]);
  };
  assert.equal(found(form), 1);
  assert.equal(found(form, [inner]), 0);
  assert.equal(
    found((b, value) => b.op('Add', [form(b, value), b.op('ReduceSum', [inner], { keepdims: int(1) })])),
    0,
  );
  assert.equal(
    found((b, value) => b.op('Mul', [value, b.op('Add', [value, b.scalar(1)])])),
    0,
  );
  assert.equal(
    found((b, value) => b.op('Tanh', [b.op('Mul', [b.op('Exp', [value]), b.scalar(2)])])),
    0,
  );
  assert.equal(
    found((b, value) => b.op('Log', [value])),
    0,
  );
});
