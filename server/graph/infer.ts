/** Type and shape inference, one entry per operator in `operators/`. */
import { operatorOf } from './operators';
import type { Known, OperatorContext } from './operators';
import { atom } from './dims';
import { isStatic } from './shapes';
import { sizeOf } from './tensor';
import type { Dim, Graph, Node, Tensor, Value, ValueType } from './types';

/** Elements of constants are looked at up to this count: shapes, axes, pads, not weights. */
const SMALL = 1024;

/** Types of a node's outputs; undefined where the operator cannot say. Unknown operators say nothing. */
export function inferNode(
  node: Node,
  types: ReadonlyMap<Value, ValueType>,
  constants: ReadonlyMap<Value, Tensor>,
): (ValueType | undefined)[] {
  const operator = operatorOf(node.op, node.domain);
  if (operator === undefined) return [];
  const context = contextOf(node, types, constants);
  const outputs = operator.infer(context).slice(0, node.outputs.length).map(possible);
  const folded = operator.fold === undefined || !mayCarrySizes(outputs) ? undefined : operator.fold(context);
  if (folded === undefined) return outputs;
  return outputs.map((type, index) => {
    const known = folded[index];
    if (type === undefined || known === undefined || known.data.length > SMALL) return type;
    const contents = Array.from(known.data);
    return isWhole(known.dims) && isWhole(contents) ? { dtype: type.dtype, shape: known.dims, contents } : type;
  });
}

/** Of an axis that its input does not have operators say anything: the session refuses such a node, here it says nothing. */
function possible(type: ValueType | undefined): ValueType | undefined {
  return type?.shape === undefined || isWhole(type.shape) ? type : { dtype: type.dtype, shape: undefined };
}

function isWhole(dims: readonly (Dim | undefined)[]): boolean {
  return !dims.includes(undefined);
}

/** Only small outputs are worth following: sizes, and scalars made from them. */
function mayCarrySizes(outputs: readonly (ValueType | undefined)[]): boolean {
  return outputs.some(
    (type) =>
      type?.shape !== undefined &&
      type.shape.length <= 2 &&
      type.dtype !== 'string' &&
      !(isStatic(type.shape) && sizeOf(type.shape) > SMALL),
  );
}

/** What an operator sees of a node. `limit` bounds how many elements of a constant are looked at. */
export function contextOf(
  node: Node,
  types: ReadonlyMap<Value, ValueType>,
  constants: ReadonlyMap<Value, Tensor>,
  limit = SMALL,
): OperatorContext {
  const named = (input: number): Value => node.inputs[input] ?? '';
  const known = (input: number): Known | undefined => knownOf(named(input), types, constants, limit);
  return {
    node,
    type: (input) => typeOf(named(input), types, constants),
    shape: (input) => typeOf(named(input), types, constants)?.shape,
    known,
    numbers: (input) => {
      const elements = known(input);
      if (elements === undefined) return undefined;
      const list = Array.from(elements.data);
      return list.every((element) => typeof element === 'number') ? list : undefined;
    },
    fresh: (axis, output = 0): Dim => atom(`?${node.outputs[output] ?? node.name}:${axis}`),
    inferGraph: (graph, inputs) => inferGraph(graph, inputs, types, constants),
  };
}

function typeOf(
  value: Value,
  types: ReadonlyMap<Value, ValueType>,
  constants: ReadonlyMap<Value, Tensor>,
): ValueType | undefined {
  const tensor = constants.get(value);
  return types.get(value) ?? (tensor === undefined ? undefined : { dtype: tensor.dtype, shape: tensor.dims });
}

function knownOf(
  value: Value,
  types: ReadonlyMap<Value, ValueType>,
  constants: ReadonlyMap<Value, Tensor>,
  limit: number,
): Known | undefined {
  if (value === '') return undefined;
  const tensor = constants.get(value);
  if (tensor !== undefined) return knownTensor(tensor, limit);
  const type = types.get(value);
  if (type?.contents === undefined || type.shape === undefined) return undefined;
  return { dtype: type.dtype, dims: type.shape as readonly number[], data: type.contents };
}

/** A constant's elements as numbers; undefined for strings, float16 and tensors above the limit. */
export function knownTensor(tensor: Tensor, limit = SMALL): Known | undefined {
  if (tensor.dtype === 'string' || tensor.dtype === 'float16' || sizeOf(tensor.dims) > limit) return undefined;
  const data = tensor.data as ArrayLike<number | bigint>;
  const wide = tensor.dtype === 'int64' || tensor.dtype === 'uint64';
  return {
    dtype: tensor.dtype,
    dims: tensor.dims,
    data: wide ? Array.from(data, Number) : (data as ArrayLike<number>),
  };
}

/** Output types of a (sub)graph; values of the surrounding graph are seen through `outer` and `outerConstants`. */
export function inferGraph(
  graph: Graph,
  inputs: readonly (ValueType | undefined)[],
  outer: ReadonlyMap<Value, ValueType> = new Map(),
  outerConstants: ReadonlyMap<Value, Tensor> = new Map(),
): (ValueType | undefined)[] {
  const types = new Map([...outer, ...graph.types]);
  const constants = new Map([...outerConstants, ...graph.constants]);
  graph.inputs.forEach((input, index) => {
    const type = inputs[index];
    if (type !== undefined) types.set(input, type);
  });
  for (const node of graph.nodes) {
    inferNode(node, types, constants).forEach((type, index) => {
      const output = node.outputs[index] ?? '';
      if (type !== undefined && output !== '') types.set(output, type);
    });
  }
  return graph.outputs.map((output) => typeOf(output, types, constants));
}
