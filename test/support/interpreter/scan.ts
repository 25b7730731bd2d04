/** Scan along the first axis of every scanned input. */
import { graphOf, numberOf, numbersOf } from '../../../server/graph/attributes';
import type { Graph, Value } from '../../../server/graph/types';
import { count, need } from './array';
import type { Array64, Operation } from './array';

type Run = (graph: Graph, feeds: Record<Value, Array64>, outer: ReadonlyMap<Value, Array64>) => Map<Value, Array64>;

export function scan(outer: ReadonlyMap<Value, Array64>, run: Run): Operation {
  return (node, inputs) => {
    const body = graphOf(node, 'body')!;
    const scanned = numberOf(node, 'num_scan_inputs', 1);
    const states = inputs.length - scanned;
    const inDirections = numbersOf(node, 'scan_input_directions') ?? [];
    const outDirections = numbersOf(node, 'scan_output_directions') ?? [];
    const steps = need(inputs, states).dims[0]!;
    let state = Array.from({ length: states }, (_, at) => need(inputs, at));
    const collected = body.outputs.slice(states).map((): Array64[] => []);
    for (let step = 0; step < steps; step += 1) {
      const feeds: Record<Value, Array64> = {};
      body.inputs.forEach((name, at) => {
        feeds[name] =
          at < states ? state[at]! : row(need(inputs, at), inDirections[at - states] === 1 ? steps - 1 - step : step);
      });
      const values = run(body, feeds, outer);
      state = body.outputs.slice(0, states).map((name) => values.get(name)!);
      body.outputs.slice(states).forEach((name, at) => collected[at]!.push(values.get(name)!));
    }
    return [...state, ...collected.map((rows, at) => stack(outDirections[at] === 1 ? rows.reverse() : rows))];
  };
}

function row(x: Array64, at: number): Array64 {
  const dims = x.dims.slice(1);
  return { dtype: x.dtype, dims, data: x.data.slice(at * count(dims), (at + 1) * count(dims)) };
}

export function stack(rows: readonly Array64[]): Array64 {
  const first = rows[0]!;
  const data = Float64Array.from(rows.flatMap((part) => Array.from(part.data)));
  return { dtype: first.dtype, dims: [rows.length, ...first.dims], data };
}
