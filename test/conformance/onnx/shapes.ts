/** Inferred shapes against the shapes ONNX Runtime really returns, for every value of a Graph. */
import assert from 'node:assert/strict';
import { namesIn, substitute } from '../../../server/graph/dims';
import type { Graph, Tensor } from '../../../server/graph/types';
import { runGraph } from './run';

/** Runs a Graph with every value as an output and returns them; names must stand for one size each. */
export async function assertShapes(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const made = graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== ''));
  const typed = made.filter((value) => graph.types.get(value)?.shape !== undefined);
  if (typed.length === 0) return {};
  const results = await runGraph({ ...graph, outputs: typed }, feeds);
  const sizes = new Map<string, number>();
  for (const [name, tensor] of [...Object.entries(feeds), ...typed.map((value) => [value, results[value]] as const)]) {
    const type = graph.types.get(name);
    assert.ok(tensor !== undefined && type?.shape !== undefined, name);
    assert.equal(tensor.dtype, type.dtype, `type of ${name}`);
    assert.equal(
      tensor.dims.length,
      type.shape.length,
      `rank of ${name}: ${type.shape.join()} for ${tensor.dims.join()}`,
    );
    type.shape.forEach((dim, axis) => {
      const size = tensor.dims[axis] ?? -1;
      const [only] = namesIn(dim);
      if (only === dim && !sizes.has(dim)) sizes.set(dim, size);
      const expected = substitute(dim, (atom) => sizes.get(atom));
      if (typeof expected === 'number') assert.equal(expected, size, `axis ${axis} of ${name} (${dim})`);
    });
  }
  return results;
}
