/** Activations inside recurrent cells: f, and f′ written in f's value. */
import { stringsOf } from '../../../../graph/attributes';
import type { Node, Value } from '../../../../graph/types';
import type { Maths } from '../../../maths';

const slopes: Readonly<Record<string, (m: Maths, y: Value) => Value>> = {
  Sigmoid: (m, y) => m.sub(y, m.square(y)),
  Tanh: (m, y) => m.sub(1, m.square(y)),
  Relu: (m, y) => m.mask(m.greater(y, 0)),
  HardSigmoid: (m, y) => m.mul(0.2, m.mask(m.and(m.greater(y, 0), m.less(y, 1)))),
  Softsign: (m, y) => m.square(m.sub(1, m.abs(y))),
};

/** Names of a direction's activations, in the operator's order. */
export function activationsOf(node: Node, direction: number, defaults: readonly string[]): readonly string[] {
  const given = stringsOf(node, 'activations');
  return given?.slice(direction * defaults.length, (direction + 1) * defaults.length) ?? defaults;
}

/** Slope of an activation at the input that gave `y`. */
export function slopeAt(m: Maths, name: string, y: Value): Value {
  const slope = slopes[name];
  if (slope === undefined) throw new Error(`no slope of ${name}`);
  return slope(m, y);
}

export function unknownActivation(node: Node): string | undefined {
  return stringsOf(node, 'activations')?.find((name) => !(name in slopes));
}
