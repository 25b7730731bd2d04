/** Adds a Scan: a loop over the first axis of some values. */
import { int, ints, subgraph } from '../../../../graph/attributes';
import { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import { floatTypeOf } from '../../../maths';

export interface Loop {
  /** Prefix of the body's names; unique in the Program. */
  readonly name: string;
  /** Initial states, [batch, hidden] each. */
  readonly states: readonly Value[];
  /** Scanned values, [steps, batch, …] each. */
  readonly inputs: readonly Value[];
  /** From the last step to the first; collected outputs still lie in the order of the steps. */
  readonly backwards: boolean;
  /** Values of the surrounding graph that the body reads. */
  readonly outer?: readonly Value[];
  /** One step: next states, and what is collected. */
  readonly step: (b: GraphBuilder, states: readonly Value[], inputs: readonly Value[]) => Step;
}

interface Step {
  readonly states: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Returns final states, then collected outputs, [steps, batch, …] each. */
export function addScan(b: GraphBuilder, loop: Loop): Value[] {
  const body = new GraphBuilder(`${loop.name}/body`);
  body.scope(loop.name);
  const declare = (kind: string) => (value: Value, at: number) =>
    body.input(`${loop.name}/${kind}${at}`, floatTypeOf(b, value), ['rows', `${kind}${at}`]);
  const states = loop.states.map(declare('state'));
  const inputs = loop.inputs.map(declare('step'));
  for (const value of loop.outer ?? []) {
    const type = b.type(value);
    if (type !== undefined) body.declare(value, type);
  }
  const step = loop.step(body, states, inputs);
  const graph = body.build([...step.states, ...step.outputs], { inputs: false });
  const way = loop.backwards ? 1 : 0;
  return b.ops('Scan', [...loop.states, ...loop.inputs], step.states.length + step.outputs.length, {
    body: subgraph(graph),
    num_scan_inputs: int(inputs.length),
    scan_input_directions: ints(inputs.map(() => way)),
    scan_output_directions: ints(step.outputs.map(() => way)),
  });
}
