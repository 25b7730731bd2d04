/** Models that predict at every position of a sequence (tags, next words): read at the one position that is fed. */
import { int } from '../graph/attributes';
import { GraphBuilder } from '../graph/builder';
import type { Model } from './types';

/** Model input, int64 scalar: the 0-based position along the output whose logits are meant. */
export const POSITION = 'model_blame.position';

/**
 * The same model with [batch, classes] logits: those of one position, [batch, position, classes] before. The position
 * is a feed, so one Program serves all of them; every method and rule sees a Gather, which routes relevance exactly.
 * A position beyond the end is the last one: samples to compare with may be shorter.
 */
export function atPosition(model: Model): Model {
  const { graph, output } = model;
  if (!output.positions) return model;
  const b = new GraphBuilder(graph.name, graph);
  b.scope('model_blame');
  const position = b.input(POSITION, 'int64', []);
  const count = b.op('Squeeze', [b.op('Shape', [output.logits], { start: int(1), end: int(2) }), b.indices([0])]);
  const one = b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(1n) });
  const place = b.op('Min', [position, b.op('Sub', [count, one])]);
  const logits = b.op('Gather', [output.logits, place], { axis: int(1) }, 'logits');
  // Under a name of ours: the model's own may be one that Programs use.
  const everywhere = b.op('Identity', [output.logits], {}, 'everywhere');
  const [batch, , classes] = output.type.shape ?? [];
  const type = {
    dtype: output.type.dtype,
    ...(batch === undefined || classes === undefined ? { shape: undefined } : { shape: [batch, classes] }),
  };
  b.declare(logits, type);
  return {
    ...model,
    graph: b.build([...graph.outputs, logits, everywhere], { inputs: false }),
    inputs: [...model.inputs, { name: POSITION, type: { dtype: 'int64', shape: [] } }],
    output: { ...output, logits, type, everywhere },
  };
}
