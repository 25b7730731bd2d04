/** Counterfactual of a text: words left out or replaced by words of donors, the text tokenised anew each time. */
import { looseText } from '../../dataset/field';
import { UserError } from '../../errors';
import { wordSpan } from '../../protocol/features';
import { donorsOf } from './donors';
import { followed, tokenAt } from './follow';
import { blameOf, substitute } from './substitutions';
import type { RawSample } from '../../dataset/types';
import type { FeatureChange, SampleAddress, TokenFeatures } from '../../protocol';
import type { Quest, Reached } from './counterfactual';
import type { EncodedSample } from '../../input/types';
import type { Edit } from './follow';
import type { Chosen } from './substitutions';

/** Donors whose words are tried, and how many different words. */
const DONORS = 5;
const LENT_WORDS = 8;

interface Word {
  /** Index of its first token. */
  readonly feature: number;
  readonly start: number;
  readonly end: number;
  readonly blame: number;
}

export async function textCounterfactual(quest: Quest): Promise<Reached | null> {
  const { prepared } = quest;
  const { features } = prepared.encoded;
  if (features.kind !== 'tokens') throw new Error('not a text');
  const { positions, encoded } = prepared;
  // The word that is asked about stays.
  const kept = positions === undefined ? null : (tokenAt(positions, features)?.textSpan ?? null);
  const words = wordsOf(features, await blameOf(quest))
    .filter(({ start, end }) => kept === null || end <= kept[0] || start >= kept[1])
    .sort((a, b) => b.blame - a.blame || a.start - b.start);
  const { lent, donors } = await lentWords(quest, features);
  const slots = words.map((_, id) => ({ id, choices: ['', ...lent] }));
  const write = (chosen: Chosen<string>): RawSample | null => {
    const text = rewritten(features.text, words, chosen);
    return text.trim() === '' ? null : { kind: 'text', ref: prepared.sample.ref, text: looseText(text) };
  };
  const follow =
    positions === undefined
      ? {}
      : {
          follow: (chosen: Chosen<string>, changed: EncodedSample) =>
            followed(positions, { ...encoded, features }, changed, editsOf(features.text, words, chosen)),
        };
  const found = await substitute(quest, slots, { write, ...follow });
  if (found === null) return null;
  const changes = [...found.chosen].map(([id, to]): FeatureChange => {
    const { feature, start, end } = words[id] as Word;
    const from = features.text.slice(start, end);
    return { feature, name: `“${from}”`, from, to };
  });
  const text = rewritten(features.text, words, found.chosen);
  return {
    changes,
    result: { kind: 'text', text, ...cellsWith(prepared.sample, features.text, text) },
    feeds: found.feeds,
    evaluations: found.evaluations,
    ...(donors.length === 0 ? {} : { donors }),
  };
}

/** Words that were read, with the blame of all their tokens. */
function wordsOf(features: TokenFeatures, blame: Float32Array): Word[] {
  const words = new Map<number, Word>();
  features.tokens.forEach(({ word, textSpan }, feature) => {
    if (word === null || textSpan === null) return;
    const before = words.get(word);
    const own = before === undefined ? [] : [{ textSpan: [before.start, before.end] as const }];
    const [start, end] = wordSpan([...own, { textSpan }]) ?? textSpan;
    words.set(word, {
      feature: before?.feature ?? feature,
      start,
      end,
      blame: (before?.blame ?? 0) + (blame[feature] ?? 0),
    });
  });
  return [...words.values()];
}

/** Frequent words of the nearest right samples that this text lacks; none where no dataset is known. */
async function lentWords(
  { context, prepared, gold, options }: Quest,
  own: TokenFeatures,
): Promise<{ readonly lent: readonly string[]; readonly donors: readonly SampleAddress[] }> {
  const donors: SampleAddress[] = [];
  const present = new Set(own.tokens.map(({ text }) => text.trim().toLowerCase()));
  const counts = new Map<string, number>();
  try {
    for (const { prepared: donor } of await donorsOf(context, prepared, gold, DONORS, options)) {
      const { features } = donor.encoded;
      if (features.kind !== 'tokens') continue;
      donors.push(donor.sample.ref.address);
      const blame = new Float32Array(features.tokens.length);
      for (const { start, end } of wordsOf(features, blame)) {
        const word = features.text.slice(start, end);
        if (!/\p{L}/u.test(word) || present.has(word.toLowerCase())) continue;
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
    }
  } catch (error) {
    // Without donors words can still be left out.
    if (!(error instanceof UserError)) throw error;
  }
  const lent = [...counts]
    .sort((a, b) => b[1] - a[1] || b[0].length - a[0].length)
    .slice(0, LENT_WORDS)
    .map(([word]) => word);
  return { lent, donors };
}

export function rewritten(text: string, words: readonly Pick<Word, 'start' | 'end'>[], chosen: Chosen<string>): string {
  return editsOf(text, words, chosen).reduce(
    (now, { start, end, to }) => `${now.slice(0, start)}${to}${now.slice(end)}`,
    text,
  );
}

/** Last one first. A word that is left out takes the blank before it along. */
function editsOf(text: string, words: readonly Pick<Word, 'start' | 'end'>[], chosen: Chosen<string>): readonly Edit[] {
  const edits = [...chosen].map(([id, to]) => ({ ...(words[id] as Word), to })).sort((a, b) => b.start - a.start);
  return edits.map(({ start, end, to }) => ({
    start: to === '' && /\s/.test(text[start - 1] ?? '') ? start - 1 : start,
    end,
    to,
  }));
}

function cellsWith(
  sample: RawSample,
  before: string,
  after: string,
): { readonly cells?: Readonly<Record<string, string>> } {
  if (sample.kind !== 'record') return {};
  return { cells: Object.fromEntries(sample.fields.map(({ name, text }) => [name, text === before ? after : text])) };
}
