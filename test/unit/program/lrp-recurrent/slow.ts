/** LRP through one direction of one sequence, written from the formulas: one neuron, one step at a time, float64. */

export type Vector = readonly number[];
export type Matrix = readonly Vector[];
type Policy = 'absorb' | 'ignore' | 'redistribute';

export interface Weights {
  readonly op: 'LSTM' | 'GRU' | 'RNN';
  /** Rows per gate, in the operator's order: [gate][unit][input] and [gate][unit][unit]. */
  readonly w: readonly Matrix[];
  readonly r: readonly Matrix[];
  readonly wb: Matrix;
  readonly rb: Matrix;
  readonly linearBeforeReset: boolean;
}

export interface Rule {
  readonly epsilon: number;
  readonly bias: Policy;
}

export interface Sequence {
  /** Steps in the order this direction reads them, without padding. */
  readonly x: Matrix;
  readonly h: Vector;
  readonly c: Vector;
  /** Relevance of h at each step, and of the last states. */
  readonly arrived: Matrix;
  readonly lastHidden: Vector;
  readonly lastCell: Vector;
}

export interface Result {
  readonly x: Matrix;
  readonly h: Vector;
  readonly c: Vector;
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
const plus = (a: Vector, b: Vector): number[] => a.map((value, at) => value + b[at]!);
const times = (a: Vector, b: Vector): number[] => a.map((value, at) => value * b[at]!);
const product = (matrix: Matrix, vector: Vector): number[] =>
  matrix.map((row) => row.reduce((sum, weight, at) => sum + weight * vector[at]!, 0));

/** ε rule on one neuron: what each of its inputs gets. */
function neuron(a: Vector, w: Vector, bias: number, relevance: number, { epsilon, bias: policy }: Rule): number[] {
  const counted = policy === 'ignore' ? 0 : bias;
  const z = a.reduce((sum, value, at) => sum + value * w[at]!, counted);
  const stabiliser = z >= 0 ? epsilon : -epsilon;
  if (z + stabiliser === 0) return a.map(() => 0);
  const spread = policy === 'redistribute' ? (bias + stabiliser) / a.length : 0;
  return a.map((value, at) => ((value * w[at]! + spread) / (z + stabiliser)) * relevance);
}

/** ε rule on a layer of [x, h]. */
function layer(x: Vector, h: Vector, w: Matrix, r: Matrix, bias: Vector, relevance: Vector, rule: Rule) {
  let total: number[] = [...x, ...h].map(() => 0);
  relevance.forEach((own, k) => {
    total = plus(total, neuron([...x, ...h], [...w[k]!, ...r[k]!], bias[k]!, own, rule));
  });
  return { x: total.slice(0, x.length), h: total.slice(x.length) };
}

/** ε rule on a + b, unit by unit. */
function sum(a: Vector, b: Vector, relevance: Vector, rule: Rule): [number[], number[]] {
  const parts = relevance.map((own, k) => neuron([a[k]!, b[k]!], [1, 1], 0, own, rule));
  return [parts.map(([first]) => first!), parts.map(([, second]) => second!)];
}

interface State {
  readonly h: Vector;
  readonly c: Vector;
}

/** One step forward, and how it hands relevance of its state back. */
function step(cell: Weights, x: Vector, before: State, rule: Rule) {
  const pre = (gate: number): number[] =>
    plus(plus(product(cell.w[gate]!, x), cell.wb[gate]!), plus(product(cell.r[gate]!, before.h), cell.rb[gate]!));
  const none = before.h.map(() => 0);
  const both = (gate: number): number[] => plus(cell.wb[gate]!, cell.rb[gate]!);
  if (cell.op === 'RNN') {
    const back = (h: Vector) => ({ ...layer(x, before.h, cell.w[0]!, cell.r[0]!, both(0), h, rule), c: none });
    return { state: { h: pre(0).map(Math.tanh), c: none }, back };
  }
  if (cell.op === 'LSTM') {
    const [i, o, f] = [pre(0).map(sigmoid), pre(1).map(sigmoid), pre(2).map(sigmoid)];
    const g = pre(3).map(Math.tanh);
    const c = plus(times(f, before.c), times(i, g));
    const back = (ofH: Vector, ofC: Vector) => {
      const [toBefore, toG] = sum(times(f, before.c), times(i, g), plus(ofH, ofC), rule);
      return { ...layer(x, before.h, cell.w[3]!, cell.r[3]!, both(3), toG, rule), c: toBefore };
    };
    return { state: { h: times(o, c.map(Math.tanh)), c }, back };
  }
  const [z, r] = [pre(0).map(sigmoid), pre(1).map(sigmoid)];
  const input = plus(product(cell.w[2]!, x), cell.wb[2]!);
  const n = cell.linearBeforeReset
    ? plus(input, times(r, plus(product(cell.r[2]!, before.h), cell.rb[2]!))).map(Math.tanh)
    : plus(input, plus(product(cell.r[2]!, times(r, before.h)), cell.rb[2]!)).map(Math.tanh);
  const update = n.map((value, at) => (1 - z[at]!) * value);
  const back = (ofH: Vector) => {
    const [toBefore, toN] = sum(times(z, before.h), update, ofH, rule);
    // The reset gate is a constant factor: of the hidden weights and bias, or of the hidden state.
    const inner = cell.linearBeforeReset
      ? layer(
          x,
          before.h,
          cell.w[2]!,
          cell.r[2]!.map((row, k) => row.map((weight) => weight * r[k]!)),
          plus(cell.wb[2]!, times(r, cell.rb[2]!)),
          toN,
          rule,
        )
      : layer(x, times(r, before.h), cell.w[2]!, cell.r[2]!, both(2), toN, rule);
    return { x: inner.x, h: plus(toBefore, inner.h), c: none };
  };
  return { state: { h: plus(times(z, before.h), update), c: none }, back };
}

export function slowLrp(cell: Weights, sequence: Sequence, rule: Rule): Result {
  let state: State = { h: sequence.h, c: sequence.c };
  const steps = sequence.x.map((x) => {
    const made = step(cell, x, state, rule);
    state = made.state;
    return made;
  });
  let [h, c] = [[...sequence.lastHidden], [...sequence.lastCell]];
  const x: Vector[] = [];
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const carried = steps[at]!.back(plus(h, sequence.arrived[at]!), c);
    x.unshift(carried.x);
    [h, c] = [carried.h, carried.c];
  }
  return { x, h, c };
}
