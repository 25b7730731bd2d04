/** What operators on strings do to a text, as steps that can be followed with every character's place. */
import { UserError } from '../../errors';
import { numberOf, stringsOf, textOf } from '../../graph/attributes';
import type { Node } from '../../graph/types';
import type { TextStep } from '../types';

/** Operators that leave one text a sample what it is. */
const shaping = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity']);

/** @throws UserError for an operator that is none of them. */
export function stepsOf(node: Node): readonly TextStep[] {
  if (node.domain === '' && shaping.has(node.op)) return [];
  if (node.op === 'StringNormalizer') return normalizerSteps(node);
  if (node.op === 'Tokenizer' && node.domain === 'com.microsoft') return [tokenizerStep(node)];
  const body = node.attributes['body'];
  // Text by text, so that an empty one keeps its place.
  if (node.op === 'Scan' && body?.type === 'graph' && body.value.nodes.length <= 2)
    return body.value.nodes.flatMap((inner) => stepsOf(inner));
  throw unknown(node, `The text goes through ${node.op}, which is not known here.`);
}

function normalizerSteps(node: Node): readonly TextStep[] {
  const action = (textOf(node, 'case_change_action') ?? textOf(node, 'casechangeaction', 'NONE')).toUpperCase();
  const to = action === 'LOWER' ? 'lower' : action === 'UPPER' ? 'upper' : null;
  const words = stringsOf(node, 'stopwords') ?? [];
  const exact = numberOf(node, 'is_case_sensitive', 0) !== 0;
  const stop: TextStep = { kind: 'stop', words, compare: exact ? null : (to ?? 'lower') };
  return [...(words.length > 0 ? [stop] : []), ...(to === null ? [] : [{ kind: 'case', to } as const])];
}

function tokenizerStep(node: Node): TextStep {
  if (numberOf(node, 'mark', 0) !== 0)
    throw unknown(node, 'Its tokenizer puts marks at the start and end of a text, which is not supported.');
  const least = numberOf(node, 'mincharnum', 1);
  const separators = stringsOf(node, 'separators');
  const pattern = textOf(node, 'tokenexp', '');
  if (separators === undefined) return pattern === '.' ? { kind: 'characters' } : { kind: 'match', pattern, least };
  return separators.length === 1 && separators[0] === ''
    ? { kind: 'characters' }
    : { kind: 'separate', patterns: separators, least };
}

function unknown(node: Node, what: string): UserError {
  return new UserError('model-text', what, {
    where: `node ${node.name}`,
    next: 'Export the part behind the vectorizer alone and give it the numbers, or split the text with a tokenizer.json.',
  });
}
