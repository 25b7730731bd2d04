/** A case as Programs: its forward pass and its gradient, with feeds. */
import { GraphBuilder } from '../../../../server/graph/builder';
import type { Tensor, Value } from '../../../../server/graph/types';
import { compileProgram } from '../../../../server/program/compile';
import { names } from '../../../../server/program/types';
import type { Program } from '../../../../server/program/types';
import { array } from '../../../support/interpreter';
import type { Array64 } from '../../../support/interpreter';
import { countLogits, modelOf } from '../../../support/interpreter/models';
import type { Case } from '.';
import { vary } from './types';
import type { Varying } from './types';

const isTensor = (input: Varying | Tensor): input is Tensor => 'dtype' in input;

export interface Compiled {
  readonly program: Program;
  readonly forward: Program;
  readonly feeds: Record<Value, Array64>;
  readonly entries: readonly Value[];
}

/** One node whose used outputs, flattened, are the logits of a batch of one. */
export function compileCase(one: Case, freeSizes: boolean): Compiled {
  const b = new GraphBuilder('case');
  const feeds: Record<Value, Array64> = {};
  const entries: Value[] = [];
  const inputs = one.inputs.map((input, index): Value => {
    if (input === null) return '';
    if (isTensor(input)) return b.constant(input, 'parameter');
    const name = `x${index}`;
    entries.push(name);
    feeds[name] = array(input.dims, input.data);
    return b.input(name, 'float32', freeSizes ? input.dims.map((_, axis) => `free${index}_${axis}`) : input.dims);
  });
  const outputs = b.ops(one.op, inputs, one.outputs ?? 1, one.attributes ?? {});
  const flat = (one.used ?? [0]).map((index) => b.op('Reshape', [asFloat(b, outputs[index]!), b.indices([1, -1])]));
  const logits = flat.length === 1 ? flat[0]! : b.op('Concat', flat, { axis: { type: 'int', value: 1 } });
  const model = modelOf({ b, entries, logits });
  const spec = { head: 'linear', rules: 'gradient' } as const;
  const forward = compileProgram(model, { ...spec, kind: 'forward' });
  const size = countLogits(forward, feeds);
  feeds[names.seed] = array([1, size], vary([1, size], -1, 1, 99).data);
  return { program: compileProgram(model, { ...spec, kind: 'relevance' }), forward, feeds, entries };
}

function asFloat(b: GraphBuilder, value: Value): Value {
  return b.type(value)?.dtype === 'float64' ? b.op('Cast', [value], { to: { type: 'int', value: 1 } }) : value;
}
