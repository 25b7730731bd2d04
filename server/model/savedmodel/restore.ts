/** Names that variables have in the checkpoint: the model's own restoring function tells them. */
import type { TfFunction, TfNode } from '../tensorflow/types';

const plain = (input: string): string => input.replace(/^\^/, '').split(':')[0] ?? '';

/** From the node that holds a variable to its name in the checkpoint; empty for models of TensorFlow 1. */
export function restored(nodes: readonly TfNode[], functions: readonly TfFunction[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const body of functions) {
    const byParameter = assignments(body);
    if (byParameter.size === 0) continue;
    for (const call of nodes.filter((node) => node.attributes['f']?.func === body.name)) {
      const inputs = call.inputs.filter((input) => !input.startsWith('^'));
      body.parameters.forEach((parameter, index) => {
        const key = byParameter.get(parameter);
        if (key !== undefined) found.set(plain(inputs[index] ?? ''), key);
      });
    }
  }
  return found;
}

/** Parameters that a restoring function assigns, and the names it reads for them. */
function assignments(body: TfFunction): ReadonlyMap<string, string> {
  const nodes = new Map(body.nodes.map((node) => [node.name, node]));
  const result = new Map<string, string>();
  for (const node of body.nodes) {
    if (node.op !== 'AssignVariableOp') continue;
    const [target = '', value = ''] = node.inputs;
    let source = nodes.get(plain(value));
    let from = value;
    while (source?.op === 'Identity') {
      from = source.inputs[0] ?? '';
      source = nodes.get(plain(from));
    }
    if (source?.op !== 'RestoreV2') continue;
    const names = nodes.get(plain(source.inputs[1] ?? ''))?.attributes['value']?.tensor;
    const place = Number(from.split(':').at(-1));
    const name =
      names?.dtype === 'string' ? (names.data as string[])[Number.isSafeInteger(place) ? place : 0] : undefined;
    if (name !== undefined) result.set(plain(target), name);
  }
  return result;
}
