/**
 * Text that a graph splits itself, as Keras exports TextVectorization: lower case, punctuation taken away, words, their
 * places in a table. What becomes of a text by these operations is known by their names, so the Graph begins with the
 * ids of the words, and the encoder makes them.
 */
import { numbers } from '../../graph/tensor';
import type { Dim, Tensor } from '../../graph/types';
import { longestText } from '../text/longest';
import type { KerasWords, TextVectorization } from '../types';
import type { TfFunction, TfGraph, TfNode } from './types';

/** Nodes of the graph or of a function's body, and where its parameters come from. */
export interface Scope {
  readonly nodes: ReadonlyMap<string, TfNode>;
  /** Values of the caller, by the names of the parameters. */
  readonly given: ReadonlyMap<string, string>;
  readonly caller: Scope | null;
}

interface Place {
  readonly node: TfNode;
  readonly scope: Scope;
}

/** Words (or whole numbers) to ids. */
export interface Table {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** How a text becomes ids, and which placeholder it is read from. */
export interface Splitting {
  readonly placeholder: string;
  readonly text: Omit<TextVectorization, 'input'>;
  /** Ids of one text. */
  readonly sequence: Dim;
  /** Numbers of a text whose words are counted; undefined where the ids themselves go on. */
  readonly depth?: number;
}

const passes = new Set(['Identity', 'Snapshot', 'StopGradient', 'EnsureShape']);
/** What changes the shape of texts alone. */
const shaping = new Set([...passes, 'Squeeze', 'Reshape', 'ExpandDims']);

/** Punctuation as TextVectorization takes it away: ASCII, in any order and with any escapes. */
const punctuation = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\'';

const nameOf = (reference: string): string => reference.replace(/^\^/, '').split(':')[0] ?? '';

/** The node that makes a value, behind calls and what changes nothing. */
function placeOf(reference: string, scope: Scope, through: ReadonlySet<string> = passes): Place | undefined {
  let [at, inside]: [string, Scope] = [nameOf(reference), scope];
  for (let steps = 0; steps < 1000; steps += 1) {
    const given = inside.given.get(at);
    if (given !== undefined && inside.caller !== null) {
      [at, inside] = [nameOf(given), inside.caller];
      continue;
    }
    const node = inside.nodes.get(at);
    if (node === undefined) return undefined;
    if (!through.has(node.op)) return { node, scope: inside };
    at = nameOf(node.inputs[0] ?? '');
  }
  return undefined;
}

const inputOf = ({ node, scope }: Place, index: number, through = passes): Place | undefined =>
  placeOf(node.inputs.filter((input) => !input.startsWith('^'))[index] ?? '', scope, through);

const constantOf = (place: Place | undefined): Tensor | undefined => place?.node.attributes['value']?.tensor;

const numberOf = (place: Place | undefined): number | undefined => {
  const tensor = constantOf(place);
  return tensor === undefined || tensor.dtype === 'string' ? undefined : numbers(tensor)[0];
};

/** What fills the tables, by the nodes that hold them: functions of the model's own, run when it is loaded. */
export function tablesOf(graph: TfGraph): ReadonlyMap<string, Table> {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const root: Scope = { nodes, given: new Map(), caller: null };
  const tables = new Map<string, Table>();
  const note = (node: TfNode, scope: Scope): void => {
    const [handle, keys, values] = [0, 1, 2].map((index) => inputOf({ node, scope }, index));
    const [from, to] = [constantOf(keys), constantOf(values)];
    if (handle !== undefined && from !== undefined && to !== undefined)
      tables.set(handle.node.name, { keys: from, values: to });
  };
  const functions = new Map(graph.functions.map((item) => [item.name, item]));
  for (const node of graph.nodes) {
    if (node.op === 'LookupTableImportV2') note(node, root);
    const body = functions.get(node.attributes['f']?.func ?? '');
    const imports = body?.nodes.filter(({ op }) => op === 'LookupTableImportV2') ?? [];
    if (body !== undefined) for (const item of imports) note(item, insideOf(body, node.inputs, root));
  }
  return tables;
}

/** The scope of a function's body. */
export function insideOf(body: TfFunction, inputs: readonly string[], caller: Scope): Scope {
  const given = body.parameters.map((name, index): [string, string] => [name, inputs[index] ?? '']);
  return { nodes: new Map(body.nodes.map((node) => [node.name, node])), given: new Map(given), caller };
}

/** The table that a lookup reads, and the id of what is not in it. */
export function lookupOf(
  node: TfNode,
  scope: Scope,
  tables: ReadonlyMap<string, Table>,
): (Table & { readonly unknown: number }) | undefined {
  const place = { node, scope };
  const table = tables.get(inputOf(place, 0)?.node.name ?? '');
  const unknown = numberOf(inputOf(place, 2));
  return table === undefined || unknown === undefined ? undefined : { ...table, unknown };
}

/**
 * How the text came to be split whose ids this node puts into rows (RaggedTensorToTensor) or counts (RaggedBincount).
 * Undefined where something else than TextVectorization did it.
 */
export function splittingOf(node: TfNode, scope: Scope, tables: ReadonlyMap<string, Table>): Splitting | undefined {
  const place = { node, scope };
  const counts = node.op === 'RaggedBincount';
  const found = inputOf(place, 1);
  // Empty words are masked.
  const lookup = found?.node.op === 'SelectV2' ? inputOf(found, 2) : found;
  if (lookup?.node.op !== 'LookupTableFindV2') return undefined;
  const table = lookupOf(lookup.node, lookup.scope, tables);
  const words = inputOf(lookup, 1);
  const split = words === undefined ? undefined : splitBy(words);
  if (table === undefined || split === undefined || table.keys.dtype !== 'string') return undefined;
  const { vocabulary, unknown } = wordsOf(table, !counts);
  const depth = counts ? depthOf(inputOf(place, 2)) : undefined;
  if (counts && (depth === undefined || depth < vocabulary.length)) return undefined;
  const pad = counts ? depth : numberOf(inputOf(place, 2));
  const size = numbersOf(inputOf(place, 0))?.[1] ?? -1;
  if (pad === undefined) return undefined;
  return {
    placeholder: split.placeholder,
    text: {
      analyzers: [{ ...split.text, join: ' ', ids: [0, vocabulary.length] }],
      vocabulary,
      unknown,
      pad,
      longest: longestText(depth),
    },
    sequence: !counts && size > 0 ? size : 'sequence',
    ...(depth === undefined ? {} : { depth }),
  };
}

const numbersOf = (place: Place | undefined): readonly number[] | undefined => {
  const tensor = constantOf(place);
  return tensor === undefined || tensor.dtype === 'string' ? undefined : numbers(tensor);
};

/** The vocabulary by id; ids that no word has are those of padding and of unknown words. */
function wordsOf(
  table: Table & { readonly unknown: number },
  padded: boolean,
): { vocabulary: string[]; unknown: number } {
  const ids = numbers(table.values);
  const special = padded ? ['', '[UNK]'] : ['[UNK]'];
  const count = Math.max(special.length, ...ids.map((id) => id + 1));
  const vocabulary = Array.from({ length: count }, (_, id) => special[id] ?? '');
  ids.forEach((id, index) => (vocabulary[id] = String(table.keys.data[index])));
  return { vocabulary, unknown: table.unknown };
}

/** The number of words that are counted: the bound that Keras sets both ways. */
function depthOf(size: Place | undefined): number | undefined {
  if (size === undefined) return undefined;
  const own = numberOf(size);
  if (own !== undefined) return own;
  const bounds = ['Minimum', 'Maximum'].includes(size.node.op) ? [inputOf(size, 0), inputOf(size, 1)] : [];
  return bounds.map(numberOf).find((value) => value !== undefined);
}

/** How many categories a count (DenseBincount) tells apart; undefined where only the run knows. */
export const binsOf = (node: TfNode, scope: Scope): number | undefined => depthOf(inputOf({ node, scope }, 1));

type Split = Pick<Splitting, 'placeholder'> & {
  readonly text: { readonly words: KerasWords; readonly ngrams: readonly number[] };
};

/** From words back to the text they are of. */
function splitBy(words: Place): Split | undefined {
  let at: Place | undefined = words;
  let ngrams: readonly number[] = [1];
  if (at.node.op === 'StringNGrams') {
    if (at.node.attributes['separator']?.text !== ' ') return undefined;
    ngrams = at.node.attributes['ngram_widths']?.numbers ?? [];
    at = inputOf(at, 0);
  }
  let split: KerasWords['split'];
  if (at?.node.op === 'StringSplitV2' && constantOf(inputOf(at, 1))?.data[0] === '') split = 'whitespace';
  else if (at?.node.op === 'UnicodeEncode') {
    split = 'character';
    at = decoded(at);
  } else return undefined;
  let text = at === undefined ? undefined : inputOf(at, 0, shaping);
  const strip = text?.node.op === 'StaticRegexReplace' && takesPunctuation(text.node);
  if (strip && text !== undefined) text = inputOf(text, 0, shaping);
  const lower = text?.node.op === 'StringLower';
  if (lower && text !== undefined) text = inputOf(text, 0, shaping);
  if (text?.node.op !== 'Placeholder') return undefined;
  return { placeholder: text.node.name, text: { words: { kind: 'keras', lower, strip, split }, ngrams } };
}

/** Letters are put together again from the numbers they were taken apart to. */
function decoded(encode: Place): Place | undefined {
  const queue: Place[] = [encode];
  for (let steps = 0; steps < 100; steps += 1) {
    const place = queue.shift();
    if (place === undefined || place.node.op === 'UnicodeDecode') return place;
    place.node.inputs.forEach((input) => {
      const before = input.startsWith('^') ? undefined : placeOf(input, place.scope);
      if (before !== undefined) queue.push(before);
    });
  }
  return undefined;
}

function takesPunctuation(node: TfNode): boolean {
  const pattern = node.attributes['pattern']?.text ?? '';
  const inside = /^\[(.*)\]$/s.exec(pattern)?.[1]?.replace(/\\(.)/g, '$1') ?? '';
  const same = (text: string): string => Array.from(text).sort().join('');
  return (node.attributes['rewrite']?.text ?? '') === '' && same(inside) === same(punctuation);
}
