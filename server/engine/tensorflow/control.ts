/** Scan, If and Loop: bodies run by the interpreter, with states carried from step to step. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf } from '../../graph/attributes';
import { normalizeAxis } from '../../graph/shapes';
import type { Node, Value } from '../../graph/types';
import { range, sliceAxis } from './kernels/common';
import { fetch, first, fromNumbers, onDevice, release, sharing } from './operands';
import type { Operand } from './operands';
import type { Plan } from './plan';

type Body = (name: string, given: ReadonlyMap<Value, Operand>) => Promise<Operand[]>;

export function runControl(
  node: Node,
  inputs: readonly (Operand | undefined)[],
  bodies: Readonly<Record<string, Plan>>,
  body: Body,
): Promise<Operand[]> {
  if (node.op === 'Scan') return scan(node, inputs as readonly Operand[], bodies['body'] as Plan, body);
  if (node.op === 'Loop') return loop(inputs, bodies['body'] as Plan, body);
  return branch(inputs[0] as Operand, body);
}

/** Keeps what `f` returns, and disposes of what else it makes. */
function scoped(f: () => tf.Tensor): tf.Tensor {
  return tf.tidy(f);
}

async function scan(node: Node, inputs: readonly Operand[], plan: Plan, body: Body): Promise<Operand[]> {
  const count = inputs.length - numberOf(node, 'num_scan_inputs', 0);
  const [initial, scanned] = [inputs.slice(0, count), inputs.slice(count)];
  const axes = scanned.map((input, at) =>
    normalizeAxis(numbersOf(node, 'scan_input_axes')?.[at] ?? 0, input.dims.length),
  );
  const steps = scanned[0]?.dims[axes[0] ?? 0] ?? 0;
  const backwards = (name: string, at: number): boolean => numbersOf(node, name)?.[at] === 1;
  const names = plan.graph.inputs;
  let states = initial.map(sharing);
  const rows: Operand[][] = plan.graph.outputs.slice(count).map(() => []);
  for (let step = 0; step < steps; step += 1) {
    const slices = scanned.map((input, at) => {
      const place = backwards('scan_input_directions', at) ? steps - 1 - step : step;
      return rowOf(input, axes[at] as number, place);
    });
    const given = new Map([...states, ...slices].map((operand, at) => [names[at] as Value, operand] as const));
    const results = await body('body', given);
    for (const operand of given.values()) release(operand);
    states = results.slice(0, count);
    results.slice(count).forEach((operand, at) => rows[at]?.push(operand));
  }
  const outputAxes = numbersOf(node, 'scan_output_axes');
  const stacked = rows.map((parts, at) => {
    const ordered = backwards('scan_output_directions', at) ? [...parts].reverse() : parts;
    return stack(ordered, outputAxes?.[at] ?? 0);
  });
  for (const operand of rows.flat()) release(operand);
  return [...states, ...stacked];
}

/** One slice of an operand, without the axis. */
function rowOf(input: Operand, axis: number, place: number): Operand {
  const dims = input.dims.filter((_, at) => at !== axis);
  return onDevice(
    input.dtype,
    scoped(() => tf.reshape(sliceAxis(first(input), axis, place, 1), dims)),
  );
}

function stack(parts: readonly Operand[], axis: number): Operand {
  const [one] = parts;
  if (one === undefined) throw new Error('a loop without steps has no outputs');
  const along = normalizeAxis(axis, one.dims.length + 1);
  return onDevice(
    one.dtype,
    scoped(() => tf.stack(parts.map(first), along)),
  );
}

async function branch(condition: Operand, body: Body): Promise<Operand[]> {
  const [yes] = Array.from((await fetch(condition)) as ArrayLike<number>);
  return body(yes === 1 ? 'then_branch' : 'else_branch', new Map());
}

/** Runs until the count is reached or the body says stop. */
async function loop(inputs: readonly (Operand | undefined)[], plan: Plan, body: Body): Promise<Operand[]> {
  const [limit, start, ...initial] = inputs;
  const most = limit === undefined ? Infinity : Number((await fetch(limit))[0]);
  let go = start === undefined || Number((await fetch(start))[0]) === 1;
  let states = (initial as Operand[]).map(sharing);
  const rows: Operand[][] = plan.graph.outputs.slice(1 + states.length).map(() => []);
  for (let step = 0; step < most && go; step += 1) {
    const given = new Map(
      [fromNumbers('int64', [], [step]), fromNumbers('bool', [], [1]), ...states].map(
        (operand, at) => [plan.graph.inputs[at] as Value, operand] as const,
      ),
    );
    const [condition, ...results] = await body('body', given);
    for (const operand of given.values()) release(operand);
    go = condition !== undefined && Number((await fetch(condition))[0]) === 1;
    if (condition !== undefined) release(condition);
    states = results.slice(0, states.length);
    results.slice(states.length).forEach((operand, at) => rows[at]?.push(operand));
  }
  const stacked = rows.map((parts) => stack(parts, 0));
  for (const operand of rows.flat()) release(operand);
  return [...states, ...range(stacked.length).map((at) => stacked[at] as Operand)];
}
