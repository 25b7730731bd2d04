/** Operators with subgraphs. */
import { graphOf, numberOf, numbersOf } from '../attributes';
import { normalizeAxis } from '../shapes';
import type { Dim, ValueType } from '../types';
import type { Operator, OperatorContext } from './types';

/** States keep their type; scanned inputs lose the scanned axis, scanned outputs gain it. */
function scan(context: OperatorContext): (ValueType | undefined)[] {
  const { node } = context;
  const body = graphOf(node, 'body');
  const scanned = numberOf(node, 'num_scan_inputs', 0);
  if (body === undefined) return [];
  const states = node.inputs.length - scanned;
  const axes = numbersOf(node, 'scan_input_axes');
  let length: Dim | undefined;
  const inputs = node.inputs.map((_, index): ValueType | undefined => {
    const type = context.type(index);
    if (index < states || type === undefined) return type;
    if (type.shape === undefined) return type;
    const axis = normalizeAxis(axes?.[index - states] ?? 0, type.shape.length);
    length ??= type.shape[axis];
    return { dtype: type.dtype, shape: type.shape.filter((_, at) => at !== axis) };
  });
  const outputAxes = numbersOf(node, 'scan_output_axes');
  return context.inferGraph(body, inputs).map((type, index): ValueType | undefined => {
    if (index < states) return context.type(index) ?? type;
    if (type?.shape === undefined) return type;
    const axis = normalizeAxis(outputAxes?.[index - states] ?? 0, type.shape.length + 1);
    const steps = length ?? context.fresh(axis, index);
    return { dtype: type.dtype, shape: [...type.shape.slice(0, axis), steps, ...type.shape.slice(axis)] };
  });
}

/** Where both branches agree. */
function branch(context: OperatorContext): (ValueType | undefined)[] {
  const [yes, no] = ['then_branch', 'else_branch'].map((name) => {
    const graph = graphOf(context.node, name);
    return graph === undefined ? [] : context.inferGraph(graph, []);
  });
  return context.node.outputs.map((_, output): ValueType | undefined => {
    const [a, b] = [yes?.[output], no?.[output]];
    if (a === undefined || a.dtype !== b?.dtype) return undefined;
    if (a.shape === undefined || a.shape.length !== b.shape?.length) return { dtype: a.dtype, shape: undefined };
    const other = b.shape;
    return {
      dtype: a.dtype,
      shape: a.shape.map((dim, axis) => (dim === other[axis] ? dim : context.fresh(axis, output))),
    };
  });
}

/** Loop: states may change shape from step to step, so only their dtype is known. */
function loop(context: OperatorContext): (ValueType | undefined)[] {
  const body = graphOf(context.node, 'body');
  if (body === undefined) return [];
  const states = context.node.inputs.length - 2;
  const carried = Array.from({ length: states }, (_, index): ValueType | undefined => {
    const type = context.type(index + 2);
    return type === undefined ? undefined : { dtype: type.dtype, shape: undefined };
  });
  const result = context.inferGraph(body, [{ dtype: 'int64', shape: [] }, { dtype: 'bool', shape: [] }, ...carried]);
  return result
    .slice(1)
    .map((type): ValueType | undefined => (type === undefined ? undefined : { dtype: type.dtype, shape: undefined }));
}

export const control: readonly Operator[] = [
  { ops: ['Scan'], domain: '', doc: 'A body run for every slice, with states carried on.', infer: scan },
  { ops: ['If'], domain: '', doc: 'One of two bodies by a condition.', infer: branch },
  { ops: ['Loop'], domain: '', doc: 'A body repeated while a condition holds.', infer: loop },
];
