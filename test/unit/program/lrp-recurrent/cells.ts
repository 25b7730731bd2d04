/** Random recurrent nodes, compiled for LRP, beside the slow implementation of the same. */
import { int, text } from '../../../../server/graph/attributes';
import { GraphBuilder } from '../../../../server/graph/builder';
import type { Tensor, Value } from '../../../../server/graph/types';
import { compileProgram } from '../../../../server/program/compile';
import { names } from '../../../../server/program/types';
import type { Program, RuleOptions } from '../../../../server/program/types';
import { array, interpret } from '../../../support/interpreter';
import type { Array64 } from '../../../support/interpreter';
import { countLogits, modelOf } from '../../../support/interpreter/models';
import { vary, weights } from '../../../conformance/gradient/cases/types';
import { slowLrp } from './slow';
import type { Matrix, Rule, Vector, Weights } from './slow';

const [steps, batch, inputs, hidden] = [4, 2, 3, 2];
const gates = { LSTM: 4, GRU: 3, RNN: 1 } as const;

export interface Setup {
  readonly op: keyof typeof gates;
  readonly direction: 'forward' | 'reverse' | 'bidirectional';
  readonly linearBeforeReset?: boolean;
  readonly lengths?: readonly number[];
  readonly initial?: boolean;
  readonly bias?: boolean;
  /** Outputs of the node that the score reads. */
  readonly used: readonly number[];
}

export interface Compiled {
  readonly program: Program;
  readonly feeds: Record<Value, Array64>;
  /** Relevance by entry, from the slow implementation. */
  readonly slow: (rule: Rule) => Record<Value, number[]>;
}

/** @param options Of the rule set `lrp`. */
export function compileCell(setup: Setup, options: RuleOptions, conservation = false): Compiled {
  const { op, direction, lengths, initial = false, used } = setup;
  const directions = direction === 'bidirectional' ? 2 : 1;
  const rows = gates[op] * hidden;
  const w = weights([directions, rows, inputs], -1, 1, 3);
  const r = weights([directions, rows, hidden], -1, 1, 4);
  const bias = setup.bias === false ? null : weights([directions, 2 * rows], -1, 1, 5);
  const b = new GraphBuilder('cell');
  const feeds: Record<Value, Array64> = {};
  const entry = (name: string, dims: readonly number[], seed: number): Value => {
    const { data } = vary(dims, -1, 1, seed);
    feeds[name] = array(dims, data);
    return b.input(name, 'float32', dims);
  };
  const x = entry('x', [steps, batch, inputs], 1);
  const lengthsTensor: Tensor = { dtype: 'int32', dims: [batch], data: Int32Array.from(lengths ?? []) };
  const states = initial
    ? [
        entry('h', [directions, batch, hidden], 6),
        ...(op === 'LSTM' ? [entry('c', [directions, batch, hidden], 8)] : []),
      ]
    : [];
  const outputs = b.ops(
    op,
    [
      x,
      b.constant(w),
      b.constant(r),
      bias === null ? '' : b.constant(bias),
      lengths === undefined ? '' : b.constant(lengthsTensor),
      ...states,
    ],
    op === 'LSTM' ? 3 : 2,
    {
      hidden_size: int(hidden),
      direction: text(direction),
      ...(op === 'GRU' ? { linear_before_reset: int(setup.linearBeforeReset === true ? 1 : 0) } : {}),
    },
  );
  const flat = used.map((index) => b.op('Reshape', [outputs[index]!, b.indices([1, -1])]));
  const logits = flat.length === 1 ? flat[0]! : b.op('Concat', flat, { axis: int(1) });
  const model = modelOf({ b, entries: Object.keys(feeds), logits });
  const forward = compileProgram(model, { kind: 'forward', head: 'linear', rules: 'gradient' });
  const size = countLogits(forward, feeds);
  const seed = vary([1, size], -1, 1, 99).data;
  feeds[names.seed] = array([1, size], seed);
  const program = compileProgram(model, {
    kind: 'relevance',
    head: 'linear',
    rules: 'lrp',
    options,
    ...(conservation ? { conservation } : {}),
  });

  const slow = (rule: Rule): Record<Value, number[]> => {
    const values = interpret(forward.graph, feeds)[names.logits]!.data;
    let at = 0;
    const relevances = [
      [steps, directions, batch, hidden],
      [directions, batch, hidden],
      [directions, batch, hidden],
    ].map((dims, output) => {
      const length = dims.reduce((total, dim) => total * dim, 1);
      if (!used.includes(output)) return new Array<number>(length).fill(0);
      at += length;
      return Array.from({ length }, (_, index) => values[at - length + index]! * seed[at - length + index]!);
    }) as [number[], number[], number[]];
    const result: Record<Value, number[]> = { x: zeros(steps * batch * inputs) };
    if (initial) result['h'] = zeros(directions * batch * hidden);
    if (initial && op === 'LSTM') result['c'] = zeros(directions * batch * hidden);
    for (let d = 0; d < directions; d += 1) {
      const cell = cellOf(setup, d, w, r, bias);
      for (let n = 0; n < batch; n += 1) {
        const length = lengths?.[n] ?? steps;
        const backwards = direction === 'reverse' || d === 1;
        const order = Array.from({ length }, (_, step) => (backwards ? length - 1 - step : step));
        const state = (data: ArrayLike<number> | undefined): Vector =>
          Array.from({ length: hidden }, (_, k) => data?.[(d * batch + n) * hidden + k] ?? 0);
        const own = slowLrp(
          cell,
          {
            x: order.map((t) => row(feeds['x']!.data, t * batch + n, inputs)),
            h: state(feeds['h']?.data),
            c: state(feeds['c']?.data),
            arrived: order.map((t) => row(relevances[0], (t * directions + d) * batch + n, hidden)),
            lastHidden: state(relevances[1]),
            lastCell: state(relevances[2]),
          },
          rule,
        );
        order.forEach((t, step) => {
          own.x[step]!.forEach((value, k) => (result['x']![(t * batch + n) * inputs + k]! += value));
        });
        for (const name of ['h', 'c'] as const)
          own[name].forEach((value, k) => {
            const target = result[name];
            if (target !== undefined) target[(d * batch + n) * hidden + k] = value;
          });
      }
    }
    return result;
  };
  return { program, feeds, slow };
}

function cellOf(setup: Setup, d: number, w: Tensor, r: Tensor, bias: Tensor | null): Weights {
  const count = gates[setup.op];
  const numbers = (tensor: Tensor): number[] => Array.from(tensor.data as Float32Array);
  const part = (tensor: Tensor, columns: number): Matrix[] =>
    Array.from({ length: count }, (_, gate) =>
      Array.from({ length: hidden }, (__, k) => row(numbers(tensor), (d * count + gate) * hidden + k, columns)),
    );
  const biases = (half: number): Matrix =>
    Array.from({ length: count }, (_, gate) =>
      bias === null ? zeros(hidden) : row(numbers(bias), (d * 2 + half) * count + gate, hidden),
    );
  return {
    op: setup.op,
    w: part(w, inputs),
    r: part(r, hidden),
    wb: biases(0),
    rb: biases(1),
    linearBeforeReset: setup.linearBeforeReset === true,
  };
}

const zeros = (length: number): number[] => new Array<number>(length).fill(0);
const row = (data: ArrayLike<number>, at: number, width: number): number[] =>
  Array.from({ length: width }, (_, k) => data[at * width + k]!);
