/** Why samples of a survey have no gold class: what is written where it is looked for. */
import { isScored } from '../../survey/metrics';
import { state as known } from '../../survey/predictions';
import { whyNoClass } from '../../workspace/labels';
import { listed } from '../classes';
import { contentAt } from './content';
import { partAt } from './parts';
import type { Part } from './parts';
import type { Edition } from './survey';

/** What is wrong with a column is wrong with its first rows, nearly always. */
const MOST_LOOKED_AT = 200;
const VALUES_NAMED = 3;
const MOST_CHARACTERS = 40;

/**
 * @param rows Positions asked about, with and without gold class.
 * @returns A sentence without full stop; null where all that were predicted have a class.
 */
export function whyUnlabelled(edition: Edition, rows: Uint32Array): string | null {
  const { predictions } = edition.sheet;
  const values = new Map<string, number>();
  const shared = new Set<string>();
  const missing = new Set<string>();
  let [looked, nowhere, without, empty, several, twice, unlisted] = [0, 0, 0, 0, 0, 0, 0];
  for (const at of rows) {
    if (predictions.state[at] !== known.predicted || isScored(predictions, at)) continue;
    if (looked === MOST_LOOKED_AT) break;
    looked += 1;
    const part = partAt(edition.parts, at);
    const { cells, gold } = contentAt(part, at);
    const absent = cells === null ? [] : part.gold.columns.filter((name) => !Object.hasOwn(cells, name));
    if (gold !== null) {
      const why = whyNoClass(gold, edition.model.labels);
      if (why === 'several') several += 1;
      else if (why === 'shared') shared.add(gold);
      else values.set(gold, (values.get(gold) ?? 0) + 1);
    } else if (part.records === null ? part.dataset?.labelFrom === undefined : part.gold.columns.length === 0)
      nowhere += 1;
    else if (absent.length > 0) {
      for (const name of absent) missing.add(name);
      without += 1;
    } else if (isTwice(part)) twice += 1;
    else if (part.gold.file !== null && part.gold.file.nameOf(part.uri) === null) unlisted += 1;
    else empty += 1;
  }
  if (looked === 0) return null;
  const most = [...values].sort((a, b) => b[1] - a[1]);
  const named = most
    .slice(0, VALUES_NAMED)
    .map(([value, times]) => `${quoted(value)}${times > 1 ? ` (${times})` : ''}`);
  const others = most.length > named.length ? ` and ${most.length - named.length} more` : '';
  const of = (count: number): string => (count === looked ? '' : count === 1 ? 'once ' : `${count} times `);
  const reason = (count: number, words: string): string[] => (count === 0 ? [] : [`${of(count)}${words}`]);
  const reasons = [
    ...reason(
      nowhere,
      'nothing says where the label is: "label" (of pictures, "labelFrom") in the dataset’s entry of model-blame.json does',
    ),
    ...reason(without, `there is no column ${listed([...missing].map(quoted))}`),
    ...reason(unlisted, 'the labels file has no line for the picture'),
    ...reason(twice, 'the labels file names the picture twice, with different labels'),
    ...reason(empty, 'the label is empty'),
    ...reason(several, 'the sample has several labels, and a survey compares the most likely class with one'),
    ...(shared.size === 0
      ? []
      : [`${listed([...shared].map(quoted))} ${shared.size === 1 ? 'is' : 'are'} the name of more than one class`]),
    ...(named.length === 0
      ? []
      : [
          `${named.join(', ')}${others} ${most.length === 1 ? 'is no class' : 'are no classes'} of the model, which has ${listed(edition.model.labels)}`,
        ]),
  ];
  return `${looked === MOST_LOOKED_AT ? `of the first ${looked}, ` : ''}${reasons.join('; ')}`;
}

function isTwice({ gold: { file }, uri }: Part): boolean {
  return (file?.lines.get(file.nameOf(uri) ?? '')?.against ?? null) !== null;
}

function quoted(value: string): string {
  const shown = value.trim();
  return `“${shown.length > MOST_CHARACTERS ? `${shown.slice(0, MOST_CHARACTERS)}…` : shown}”`;
}
