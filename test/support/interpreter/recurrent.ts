/** LSTM, GRU and RNN, step by step as the operator specification writes them. */
import { numberOf, stringsOf, textOf } from '../../../server/graph/attributes';
import type { Node } from '../../../server/graph/types';
import { fill, get, need } from './array';
import type { Array64, Operation } from './array';
import { sigmoid } from './elementwise';

type Vector = number[];
type Act = (x: number) => number;

const activations: Record<string, Act> = {
  Sigmoid: sigmoid,
  Tanh: Math.tanh,
  Relu: (x) => Math.max(0, x),
  HardSigmoid: (x) => Math.max(0, Math.min(1, 0.2 * x + 0.5)),
  Softsign: (x) => x / (1 + Math.abs(x)),
};

interface Cell {
  /** Gate pre-activation k from the step's input and a hidden vector: x Wₖᵀ + h Rₖᵀ (+ biases). */
  input(gate: number, x: Vector): Vector;
  hidden(gate: number, h: Vector): Vector;
  readonly acts: readonly Act[];
}

interface State {
  readonly h: Vector;
  readonly c: Vector;
}

type Step = (cell: Cell, x: Vector, state: State, node: Node, peephole: (gate: number) => Vector) => State;

const zip = (a: Vector, c: Vector, f: (x: number, y: number) => number): Vector => a.map((x, at) => f(x, c[at]!));
const add = (a: Vector, c: Vector): Vector => zip(a, c, (x, y) => x + y);
const mul = (a: Vector, c: Vector): Vector => zip(a, c, (x, y) => x * y);

/** Gates i o f c. */
const lstm: Step = (cell, x, { h, c }, _node, peephole) => {
  const [f, g, last] = cell.acts as [Act, Act, Act];
  const gate = (k: number): Vector => add(cell.input(k, x), cell.hidden(k, h));
  const i = add(gate(0), mul(peephole(0), c)).map(f);
  const forget = add(gate(2), mul(peephole(2), c)).map(f);
  const next = add(mul(forget, c), mul(i, gate(3).map(g)));
  const o = add(gate(1), mul(peephole(1), next)).map(f);
  return { h: mul(o, next.map(last)), c: next };
};

/** Gates z r h. */
const gru: Step = (cell, x, { h, c }, node) => {
  const [f, g] = cell.acts as [Act, Act];
  const z = add(cell.input(0, x), cell.hidden(0, h)).map(f);
  const r = add(cell.input(1, x), cell.hidden(1, h)).map(f);
  const linear = numberOf(node, 'linear_before_reset', 0) !== 0;
  const inner = linear ? mul(r, cell.hidden(2, h)) : cell.hidden(2, mul(r, h));
  const n = add(cell.input(2, x), inner).map(g);
  return { h: z.map((gate, at) => (1 - gate) * n[at]! + gate * h[at]!), c };
};

const rnn: Step = (cell, x, { h, c }) => ({ h: add(cell.input(0, x), cell.hidden(0, h)).map(cell.acts[0]!), c });

function cellOf(
  node: Node,
  inputs: readonly (Array64 | undefined)[],
  direction: number,
  gates: number,
  defaults: readonly string[],
): Cell {
  const [w, r, b] = [need(inputs, 1), need(inputs, 2), inputs[3]];
  const hidden = r.dims[2]!;
  const clip = numberOf(node, 'clip', Infinity);
  const named = stringsOf(node, 'activations') ?? [...defaults, ...defaults];
  const row = (matrix: Array64, gate: number, vector: Vector, at: number): number =>
    vector.reduce((sum, value, k) => sum + value * get(matrix, [direction, gate * hidden + at, k]), 0);
  const bias = (gate: number, at: number): number => (b === undefined ? 0 : get(b, [direction, gate * hidden + at]));
  const units = Array.from({ length: hidden }, (_, at) => at);
  return {
    input: (gate, x) => units.map((at) => row(w, gate, x, at) + bias(gate, at)),
    hidden: (gate, h) => units.map((at) => row(r, gate, h, at) + bias(gate + gates, at)),
    // Bounded is what goes into gates and candidate; the cell on its way out is not (as in ONNX Runtime).
    acts: defaults.map((_, at) => {
      const act = activations[named[direction * defaults.length + at]!]!;
      return at === 2 ? act : (x) => act(Math.max(-clip, Math.min(clip, x)));
    }),
  };
}

function recurrence(step: Step, gates: number, defaults: readonly string[]): Operation {
  return (node, inputs) => {
    const x = need(inputs, 0);
    const [steps, batch] = x.dims as [number, number, number];
    const hidden = need(inputs, 2).dims[2]!;
    const mode = textOf(node, 'direction', 'forward');
    const directions = mode === 'bidirectional' ? 2 : 1;
    const y = fill([steps, directions, batch, hidden], () => 0);
    const finals = { h: fill([directions, batch, hidden], () => 0), c: fill([directions, batch, hidden], () => 0) };
    for (let d = 0; d < directions; d += 1) {
      const cell = cellOf(node, inputs, d, gates, defaults);
      const backwards = mode === 'reverse' || d === 1;
      for (let n = 0; n < batch; n += 1) {
        const vector = (tensor: Array64 | undefined): Vector =>
          Array.from({ length: hidden }, (_, at) => (tensor === undefined ? 0 : get(tensor, [d, n, at])));
        const peephole = (gate: number): Vector =>
          Array.from({ length: hidden }, (_, at) =>
            inputs[7] === undefined ? 0 : get(inputs[7], [d, gate * hidden + at]),
          );
        const length = inputs[4]?.data[n] ?? steps;
        let state: State = { h: vector(inputs[5]), c: vector(inputs[6]) };
        for (let at = 0; at < length; at += 1) {
          const t = backwards ? length - 1 - at : at;
          const input = Array.from({ length: x.dims[2]! }, (_, k) => get(x, [t, n, k]));
          state = step(cell, input, state, node, peephole);
          state.h.forEach((value, k) => (y.data[((t * directions + d) * batch + n) * hidden + k] = value));
        }
        state.h.forEach((value, k) => (finals.h.data[(d * batch + n) * hidden + k] = value));
        state.c.forEach((value, k) => (finals.c.data[(d * batch + n) * hidden + k] = value));
      }
    }
    return [y, finals.h, finals.c];
  };
}

export const recurrent: Record<string, Operation> = {
  LSTM: recurrence(lstm, 4, ['Sigmoid', 'Tanh', 'Tanh']),
  GRU: recurrence(gru, 3, ['Sigmoid', 'Tanh']),
  RNN: recurrence(rnn, 1, ['Tanh']),
};
