/** Inner values of a model that layer methods can use. */
import type { Model } from '../model/types';
import type { LayerInfo } from '../protocol';

/** Float values with at least one axis besides the batch, in the order the model computes them. */
export function layersOf(model: Model): readonly LayerInfo[] {
  return model.graph.nodes.flatMap((node) =>
    node.outputs.flatMap((value) => {
      const type = model.graph.types.get(value);
      if (type?.dtype !== 'float32' || type.shape === undefined || type.shape.length < 2) return [];
      const shape = type.shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : null));
      return [{ value, op: node.op, node: node.name, shape }];
    }),
  );
}
