/** LSTM, GRU and RNN, step by step. One matrix product gives the inputs of all steps. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf, stringsOf, textOf } from '../../../graph/attributes';
import type { Node } from '../../../graph/types';
import { first, onDevice, toFloat } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { matMul, need, range, select, sliceAxis } from './common';

type Activation = (x: tf.Tensor) => tf.Tensor;

/** States after a step. */
type Step = (input: tf.Tensor, states: readonly tf.Tensor[]) => tf.Tensor[];

interface Direction {
  readonly hidden: number;
  /** Weights of this direction: [gates·hidden, …]. */
  readonly w: tf.Tensor2D;
  readonly r: tf.Tensor2D;
  /** [2·gates·hidden]: of the input, then of the state. */
  readonly bias: tf.Tensor | undefined;
  readonly peepholes: tf.Tensor | undefined;
  readonly activations: readonly Activation[];
}

function activation(name: string, alpha: number | undefined, beta: number | undefined): Activation {
  switch (name.toLowerCase()) {
    case 'sigmoid':
      return tf.sigmoid;
    case 'tanh':
      return tf.tanh;
    case 'relu':
      return tf.relu;
    case 'affine':
      return (x) => tf.add(tf.mul(x, alpha ?? 1), beta ?? 0);
    case 'leakyrelu':
      return (x) => tf.leakyRelu(x, alpha ?? 0.01);
    case 'thresholdedrelu':
      return (x) => select(tf.greater(x, alpha ?? 1), x, tf.zerosLike(x));
    case 'scaledtanh':
      return (x) => tf.mul(tf.tanh(tf.mul(x, beta ?? 1)), alpha ?? 1);
    case 'hardsigmoid':
      return (x) => tf.clipByValue(tf.add(tf.mul(x, alpha ?? 0.2), beta ?? 0.5), 0, 1);
    case 'elu':
      return (x) => tf.add(tf.relu(x), tf.mul(tf.expm1(tf.minimum(x, 0)), alpha ?? 1));
    case 'softsign':
      return (x) => tf.div(x, tf.add(tf.abs(x), 1));
    case 'softplus':
      return tf.softplus;
    default:
      throw new Error(`activation ${name}`);
  }
}

const defaults: Readonly<Record<string, readonly string[]>> = {
  LSTM: ['Sigmoid', 'Tanh', 'Tanh'],
  GRU: ['Sigmoid', 'Tanh'],
  RNN: ['Tanh'],
};

/** Functions that take α, and those that take β: their values are listed for them alone, in order. */
const scaled = new Set(['affine', 'leakyrelu', 'thresholdedrelu', 'scaledtanh', 'hardsigmoid', 'elu']);
const shifted = new Set(['affine', 'scaledtanh', 'hardsigmoid']);

function activationsOf(node: Node, direction: number): Activation[] {
  const own = defaults[node.op] as readonly string[];
  const listed = stringsOf(node, 'activations') ?? [];
  const alphas = [...(numbersOf(node, 'activation_alpha') ?? [])];
  const betas = [...(numbersOf(node, 'activation_beta') ?? [])];
  const start = direction * own.length;
  const made = range(start + own.length).map((place) => {
    const name = listed[place] ?? own[place % own.length] ?? '';
    const kind = name.toLowerCase();
    return activation(
      name,
      scaled.has(kind) ? alphas.shift() : undefined,
      shifted.has(kind) ? betas.shift() : undefined,
    );
  });
  return made.slice(start);
}

const clipped = (x: tf.Tensor, limit: number | undefined): tf.Tensor =>
  limit === undefined ? x : tf.clipByValue(x, -limit, limit);

/** Parts of the last axis. */
const parts = (x: tf.Tensor, count: number): tf.Tensor[] => tf.split(x, count, x.rank - 1);

/** x·Wᵀ of one part of a stack of gates. */
const times = (x: tf.Tensor, weights: tf.Tensor): tf.Tensor => matMul(x, tf.transpose(weights));

function lstmStep(node: Node, { r, peepholes, activations }: Direction): Step {
  const [f, g, h] = activations as [Activation, Activation, Activation];
  const limit = numberOf(node, 'clip');
  const [pi, po, pf] = peepholes === undefined ? [] : parts(peepholes, 3);
  const coupled = numberOf(node, 'input_forget', 0) === 1;
  return (input, [state, cell]) => {
    const gates = tf.add(input, times(state as tf.Tensor, r));
    const [i, o, forget, c] = parts(gates, 4) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const peeped = (x: tf.Tensor, p: tf.Tensor | undefined, at: tf.Tensor): tf.Tensor =>
      clipped(p === undefined ? x : tf.add(x, tf.mul(p, at)), limit);
    const inGate = f(peeped(i, pi, cell as tf.Tensor));
    const forgetGate = coupled ? tf.sub(1, inGate) : f(peeped(forget, pf, cell as tf.Tensor));
    const next = tf.add(tf.mul(forgetGate, cell as tf.Tensor), tf.mul(inGate, g(clipped(c, limit))));
    return [tf.mul(f(peeped(o, po, next)), h(next)), next];
  };
}

function gruStep(node: Node, { hidden, r, bias, activations }: Direction): Step {
  const [f, g] = activations as [Activation, Activation];
  const limit = numberOf(node, 'clip');
  const after = numberOf(node, 'linear_before_reset', 0) === 1;
  const gateWeights = sliceAxis(r, 0, 0, 2 * hidden);
  const ownWeights = sliceAxis(r, 0, 2 * hidden, hidden);
  const ownBias = bias === undefined ? undefined : sliceAxis(bias, 0, 5 * hidden, hidden);
  const withBias = (x: tf.Tensor): tf.Tensor => (ownBias === undefined ? x : tf.add(x, ownBias));
  return (input, [state]) => {
    const h = state as tf.Tensor;
    const [z, reset, candidate] = parts(input, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [zState, resetState] = parts(times(h, gateWeights), 2) as [tf.Tensor, tf.Tensor];
    const update = f(clipped(tf.add(z, zState), limit));
    const open = f(clipped(tf.add(reset, resetState), limit));
    const own = after ? tf.mul(open, withBias(times(h, ownWeights))) : withBias(times(tf.mul(open, h), ownWeights));
    const next = g(clipped(tf.add(candidate, own), limit));
    return [tf.add(tf.mul(tf.sub(1, update), next), tf.mul(update, h))];
  };
}

function rnnStep(node: Node, { r, activations }: Direction): Step {
  const [f] = activations as [Activation];
  const limit = numberOf(node, 'clip');
  return (input, [state]) => [f(clipped(tf.add(input, times(state as tf.Tensor, r)), limit))];
}

const steps = { LSTM: lstmStep, GRU: gruStep, RNN: rnnStep } as const;
const gateCounts = { LSTM: 4, GRU: 3, RNN: 1 } as const;

const recurrent: Kernel = (call) => {
  const { node } = call;
  const op = node.op as keyof typeof steps;
  const batchFirst = numberOf(node, 'layout', 0) === 1;
  const given = first(need(call, 0));
  const x = batchFirst ? tf.transpose(given, [1, 0, 2]) : given;
  const hidden = need(call, 2).dims[2] as number;
  const kind = textOf(node, 'direction', 'forward');
  const directions = kind === 'bidirectional' ? [false, true] : [kind === 'reverse'];
  const results = directions.map((backwards, at) => oneDirection(call, op, x, hidden, at, backwards, batchFirst));
  const all = tf.stack(
    results.map(({ outputs }) => outputs),
    1,
  );
  const [h, c] = [0, 1].map((state) => {
    const found = results.flatMap(({ states }) => (states[state] === undefined ? [] : [states[state]]));
    return found.length === 0 ? undefined : tf.stack(found, batchFirst ? 1 : 0);
  });
  const outputs = batchFirst ? tf.transpose(all, [2, 0, 1, 3]) : all;
  return [outputs, h as tf.Tensor, ...(c === undefined ? [] : [c])].map((tensor) => onDevice('float32', tensor));
};

function oneDirection(
  call: Call,
  op: keyof typeof steps,
  x: tf.Tensor,
  hidden: number,
  at: number,
  backwards: boolean,
  batchFirst: boolean,
): { outputs: tf.Tensor; states: tf.Tensor[] } {
  const part = (index: number): tf.Tensor | undefined => {
    const operand = call.inputs[index];
    return operand === undefined ? undefined : tf.squeeze(sliceAxis(first(operand), 0, at, 1), [0]);
  };
  const initial = (index: number): tf.Tensor => {
    const operand = call.inputs[index];
    if (operand === undefined) return tf.zeros([x.shape[1] as number, hidden]);
    const axis = batchFirst ? 1 : 0;
    return tf.squeeze(sliceAxis(first(operand), axis, at, 1), [axis]);
  };
  const direction: Direction = {
    hidden,
    w: part(1) as tf.Tensor2D,
    r: part(2) as tf.Tensor2D,
    bias: part(3),
    peepholes: part(7),
    activations: activationsOf(call.node, at),
  };
  const [length = 0, batch = 1, width = 1] = x.shape;
  const gates = gateCounts[op] * hidden;
  const flat = times(tf.reshape(x, [length * batch, width]), direction.w);
  const inputs = tf.reshape(withBias(op, flat, direction), [length, batch, gates]);
  const step = steps[op](call.node, direction);
  return walk(call, inputs, step, op === 'LSTM' ? [initial(5), initial(6)] : [initial(5)], backwards);
}

/** Both halves of the bias count, but GRU's own part of the state, which may be gated. */
function withBias(op: keyof typeof steps, flat: tf.Tensor, { bias, hidden }: Direction): tf.Tensor {
  if (bias === undefined) return flat;
  const gates = gateCounts[op] * hidden;
  const [ofInput, ofState] = [sliceAxis(bias, 0, 0, gates), sliceAxis(bias, 0, gates, gates)];
  if (op !== 'GRU') return tf.add(flat, tf.add(ofInput, ofState));
  const gated = tf.concat([sliceAxis(ofState, 0, 0, 2 * hidden), tf.zeros([hidden])]);
  return tf.add(flat, tf.add(ofInput, gated));
}

/** Steps of all samples; beyond a sample's own length its states stand still and its outputs are 0. */
function walk(
  call: Call,
  inputs: tf.Tensor,
  step: Step,
  initial: readonly tf.Tensor[],
  backwards: boolean,
): { outputs: tf.Tensor; states: tf.Tensor[] } {
  const [length = 0] = inputs.shape;
  const lengths = call.inputs[4]?.host;
  const short = lengths !== undefined && Array.from(lengths as ArrayLike<number>, Number).some((own) => own < length);
  const limits = short ? tf.expandDims(toFloat(first(need(call, 4))), 1) : undefined;
  const rows = new Array<tf.Tensor>(length);
  let states = [...initial];
  for (const at of backwards ? range(length).reverse() : range(length)) {
    const next = step(tf.squeeze(sliceAxis(inputs, 0, at, 1), [0]), states);
    const alive = limits === undefined ? undefined : toFloat(tf.greater(limits, at));
    const blend = (fresh: tf.Tensor, old: tf.Tensor): tf.Tensor =>
      alive === undefined ? fresh : tf.add(tf.mul(fresh, alive), tf.mul(old, tf.sub(1, alive)));
    states = next.map((state, index) => blend(state, states[index] as tf.Tensor));
    const output = next[0] as tf.Tensor;
    rows[at] = alive === undefined ? output : tf.mul(output, alive);
  }
  return { outputs: tf.stack(rows), states };
}

export const recurrents: readonly KernelEntry[] = [{ ops: ['LSTM', 'GRU', 'RNN'], kernel: recurrent, reads: [4] }];
