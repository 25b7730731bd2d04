/** Nodes whose numbers are in this process: sizes and indices are computed by the operator table's own folding. */
import { allocate, sizeOf } from '../../../graph/tensor';
import type { Known, OperatorContext } from '../../../graph/operators';
import { operatorOf } from '../../../graph/operators';
import type { DType, Node, TensorData } from '../../../graph/types';
import { isFloat, onHost } from '../operands';
import type { Operand } from '../operands';
import type { Call } from '../types';

/** What shape arithmetic folds in this process; larger integers go to the device. */
const LARGEST = 4096;
/** Floats are folded for scales of sizes only: other numbers are the device's. */
const LARGEST_FLOAT = 8;

/** The outputs of a node that only computes sizes or indices; undefined where the device has to. */
export function foldHere(node: Node, inputs: readonly (Operand | undefined)[]): Operand[] | undefined {
  const operator = operatorOf(node.op, node.domain);
  if (operator?.fold === undefined) return undefined;
  const sizesOnly = node.op === 'Shape' || node.op === 'Size';
  if (!sizesOnly && !inputs.every((input) => input === undefined || isSmall(input))) return undefined;
  return results(operator.fold(contextOf(node, inputs, LARGEST)));
}

/** Kernel of operators whose exact integers no backend has: all inputs are in this process. */
export function byFold(call: Call): Operand[] {
  const operator = operatorOf(call.node.op, call.node.domain);
  const outputs = results(operator?.fold?.(contextOf(call.node, call.inputs, Infinity)));
  if (outputs === undefined) throw new Error('these integers cannot be computed');
  return outputs;
}

function isSmall(input: Operand): boolean {
  if (input.host === undefined || input.dtype === 'string' || input.dtype === 'float16') return false;
  return input.host.length <= (isFloat(input.dtype) ? LARGEST_FLOAT : LARGEST);
}

function contextOf(node: Node, inputs: readonly (Operand | undefined)[], limit: number): OperatorContext {
  const known = (index: number): Known | undefined => {
    const input = inputs[index];
    if (input?.host === undefined || input.host.length > limit || input.dtype === 'string') return undefined;
    return { dtype: input.dtype, dims: input.dims, data: plain(input.host) };
  };
  const type = (index: number): { dtype: DType; shape: readonly number[] } | undefined => {
    const input = inputs[index];
    return input === undefined ? undefined : { dtype: input.dtype, shape: input.dims };
  };
  return {
    node,
    type,
    shape: (index) => type(index)?.shape,
    known,
    numbers: (index) => {
      const elements = known(index);
      return elements === undefined ? undefined : (Array.from(elements.data) as number[]);
    },
    fresh: (axis) => `?${axis}`,
    inferGraph: () => [],
  };
}

function plain(data: TensorData): ArrayLike<number> {
  return data instanceof BigInt64Array || data instanceof BigUint64Array
    ? Array.from(data, Number)
    : (data as ArrayLike<number>);
}

/** Undefined where an element is not a number. */
function results(folded: readonly (Known | undefined)[] | undefined): Operand[] | undefined {
  if (folded === undefined) return undefined;
  const operands: Operand[] = [];
  for (const known of folded) {
    if (known === undefined || known.dtype === 'string') return undefined;
    const data = allocate(known.dtype, sizeOf(known.dims)) as Exclude<TensorData, string[]>;
    for (let i = 0; i < data.length; i += 1) {
      const value = known.data[i];
      if (typeof value !== 'number') return undefined;
      if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(Math.trunc(value));
      else data[i] = value;
    }
    operands.push(onHost({ dtype: known.dtype, dims: known.dims, data }));
  }
  return operands;
}
