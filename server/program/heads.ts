/** The scalar S of a Program and its derivative with respect to the logits. */
import { int } from '../graph/attributes';
import type { GraphBuilder } from '../graph/builder';
import type { Value } from '../graph/types';
import { UserError } from '../errors';
import type { ModelOutput } from '../model/types';
import type { Head } from './types';
import { cast, maths } from './maths';
import { rankOf, shapeOf, sizes } from './shapes';

export interface Scored {
  /** S per sample, [batch]. */
  readonly score: Value;
  /** ∂S/∂logits, shaped like the logits. */
  readonly slope: Value;
}

/** Terms of S before they are summed, and ∂S/∂f, both shaped like f. */
interface Terms {
  readonly terms: Value;
  readonly slope: Value;
}

/** Adds the nodes of S. `seed` is [batch or 1, classes], positions and classes flattened for sequence outputs. */
export function addHead(b: GraphBuilder, output: ModelOutput, logits: Value, seed: Value, head: Head): Scored {
  const rank = rankOf(b, logits);
  const f = rank < 2 ? b.op('Reshape', [logits, b.indices([-1, 1])]) : logits;
  const v = seedLike(b, seed, f);
  const { terms, slope } = output.single ? single(b, output, f, v, head) : many(b, output, f, v, head);
  const flat = b.op('Reshape', [terms, b.indices([0, -1])]);
  const score = b.op('ReduceSum', [flat, b.indices([1])], { keepdims: int(0) });
  return { score, slope: rank < 2 ? b.op('Reshape', [slope, sizes(b, logits)]) : slope };
}

/** The seed as float of the logits' dtype, with their axes. */
function seedLike(b: GraphBuilder, seed: Value, f: Value): Value {
  const typed = b.type(f)?.dtype === 'float64' ? cast(b, seed, 'float64') : seed;
  const shape = shapeOf(b, f) ?? [];
  if (shape.length === 2) return typed;
  const rest = b.op('Shape', [f], { start: int(1) });
  return b.op('Reshape', [typed, b.op('Concat', [b.indices([-1]), rest], { axis: int(0) })]);
}

/** One logit: v = ±1 says which side; S is about the class of that side, p = σ(v f). */
function single(b: GraphBuilder, output: ModelOutput, f: Value, v: Value, head: Head): Terms {
  const m = maths(b, f);
  const everywhere = (value: Value): Value => b.op('Expand', [value, sizes(b, f)]);
  const linear = (): Terms => ({ terms: m.mul(v, f), slope: everywhere(v) });
  if (output.onlyProbabilities) {
    const own = m.add(m.mul(v, f), m.mul(m.sub(1, v), 0.5));
    if (head === 'linear') return linear();
    if (head === 'probability') return { terms: own, slope: everywhere(v) };
    if (head === 'logProbability') return { terms: m.log(own), slope: m.div(v, own) };
    const variance = m.mul(f, m.sub(1, f));
    return { terms: m.mul(v, m.log(m.div(f, m.sub(1, f)))), slope: m.div(v, variance) };
  }
  switch (head) {
    case 'linear':
    case 'contrastToRest':
      return linear();
    case 'probability': {
      const p = m.sigmoid(m.mul(v, f));
      return { terms: p, slope: m.mul(v, m.mul(p, m.sub(1, p))) };
    }
    case 'logProbability': {
      const against = m.neg(m.mul(v, f));
      return { terms: m.neg(m.softplus(against)), slope: m.mul(v, m.sigmoid(against)) };
    }
  }
}

function many(b: GraphBuilder, output: ModelOutput, f: Value, v: Value, head: Head): Terms {
  const m = maths(b, f);
  const everywhere = (value: Value): Value => b.op('Expand', [value, sizes(b, f)]);
  const sum = (value: Value): Value => b.op('ReduceSum', [value, b.indices([-1])], { keepdims: int(1) });
  if (head === 'linear') return { terms: m.mul(v, f), slope: everywhere(v) };
  if (head === 'contrastToRest') {
    if (output.activation === 'sigmoid') {
      throw new UserError('target-unfit', 'a model whose classes do not exclude each other has no "rest" to contrast', {
        next: 'explain the logit or the probability of the class',
      });
    }
    if (!output.onlyProbabilities) return contrastToRest(b, f, v);
    const p = b.op('Max', [f, m.operand(1e-37)]);
    const { terms, slope } = contrastToRest(b, m.log(p), v);
    return { terms, slope: m.div(slope, p) };
  }
  if (output.onlyProbabilities) {
    if (head === 'probability') return { terms: m.mul(v, f), slope: everywhere(v) };
    return { terms: m.mul(v, m.log(f)), slope: m.div(v, f) };
  }
  if (output.activation === 'sigmoid') {
    const p = m.sigmoid(f);
    if (head === 'probability') return { terms: m.mul(v, p), slope: m.mul(v, m.mul(p, m.sub(1, p))) };
    return { terms: m.neg(m.mul(v, m.softplus(m.neg(f)))), slope: m.mul(v, m.sub(1, p)) };
  }
  const p = b.op('Softmax', [f], { axis: int(-1) });
  if (head === 'probability') {
    const terms = m.mul(v, p);
    return { terms, slope: m.sub(terms, m.mul(p, sum(terms))) };
  }
  const terms = m.mul(v, b.op('LogSoftmax', [f], { axis: int(-1) }));
  return { terms, slope: m.sub(v, m.mul(p, sum(v))) };
}

/**
 * g_c = f_c − logsumexp_{d≠c} f_d. With p = softmax(f) the second term is logsumexp(f) + log(1 − p_c), which is
 * exact enough while p_c ≤ ½; the largest class is taken out and its rest summed by itself.
 */
function contrastToRest(b: GraphBuilder, f: Value, v: Value): Terms {
  const m = maths(b, f);
  const last = b.indices([-1]);
  const sum = (value: Value): Value => b.op('ReduceSum', [value, last], { keepdims: int(1) });
  const top = b.op('ArgMax', [f], { axis: int(-1), keepdims: int(1) });
  const classes = b.op('Reshape', [
    b.op('Shape', [f], { start: int(-1) }),
    b.constant({ dtype: 'int64', dims: [0], data: new BigInt64Array(0) }),
  ]);
  const range = b.op('Range', [
    b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(0n) }),
    classes,
    b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(1n) }),
  ]);
  const isTop = b.op('Equal', [range, top]);
  const rest = m.where(isTop, -1e30, f);
  const p = b.op('Softmax', [f], { axis: int(-1) });
  const q = b.op('Softmax', [rest], { axis: int(-1) });
  const logSum = (value: Value): Value => b.op('ReduceLogSumExp', [value, last], { keepdims: int(1) });
  const others = m.sub(1, m.where(isTop, 0, p));
  const g = m.sub(f, m.where(isTop, logSum(rest), m.add(logSum(f), m.log(others))));
  const u = m.where(isTop, 0, m.div(v, others));
  const vTop = sum(m.where(isTop, v, 0));
  const slope = m.sub(m.sub(v, m.mul(p, m.sub(sum(u), u))), m.mul(vTop, q));
  return { terms: m.mul(v, g), slope };
}
