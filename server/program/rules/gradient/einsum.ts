/** Einsum: the product with the other operands, summed to the operand's own letters. */
import { text, textOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { expandLike } from '../../shapes';
import { only, perInput } from '../common';

interface Equation {
  readonly terms: readonly string[];
  readonly out: string;
}

function parse(node: Node): Equation {
  const [left = '', right] = textOf(node, 'equation', '').replaceAll(' ', '').split('->');
  const letters = left.replaceAll(',', '').split('');
  const once = letters.filter((letter) => letters.filter((other) => other === letter).length === 1);
  return { terms: left.split(','), out: right ?? once.sort().join('') };
}

const einsum: RelevanceRule = (node, r, b, ctx) => {
  const { terms, out } = parse(node);
  return perInput(
    node,
    ctx,
    node.inputs.map((input, at) => () => {
      const others = terms.filter((_, index) => index !== at);
      const values = node.inputs.filter((_, index) => index !== at);
      return carried(b, { terms: [out, ...others], out: terms[at] ?? '' }, [only(r), ...values], input);
    }),
  );
};

/** Letters that only this operand has were summed over: the result is the same along them. */
function carried(b: GraphBuilder, { terms, out }: Equation, values: readonly Value[], like: Value): Value {
  const known = terms.join('');
  const reachable = out.split('').filter((letter) => known.includes(letter));
  const equation = text(`${terms.join(',')}->${reachable.join('')}`);
  const product = b.op('Einsum', values, { equation });
  if (reachable.length === out.length) return product;
  const missing = out.split('').flatMap((letter, axis) => (known.includes(letter) ? [] : [axis]));
  return expandLike(b, b.op('Unsqueeze', [product, b.indices(missing)]), like);
}

function refuses(node: Node): string | null {
  const { terms, out } = parse(node);
  if (`${terms.join()}${out}`.includes('.')) return 'with an ellipsis';
  const repeated = [...terms, out].some((term) => new Set(term).size !== term.length);
  return repeated ? 'that takes a diagonal' : null;
}

export const einsumRules: readonly RuleEntry[] = [{ ops: ['Einsum'], rule: einsum, refuses }];
