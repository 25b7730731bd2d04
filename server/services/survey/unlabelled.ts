/** Why samples of a survey have no gold class: what is written where it is looked for. */
import { isScored } from '../../survey/metrics';
import { state as known } from '../../survey/predictions';
import { listed } from '../classes';
import { contentAt } from './content';
import { partAt } from './parts';
import { unknownGold } from './rows';
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
  const missing = new Set<string>();
  let [looked, nowhere, without, empty] = [0, 0, 0, 0];
  for (const at of rows) {
    if (predictions.state[at] !== known.predicted || isScored(predictions, at)) continue;
    if (looked === MOST_LOOKED_AT) break;
    looked += 1;
    const part = partAt(edition.parts, at);
    const { cells } = contentAt(part, at);
    const gold = unknownGold(edition, at, cells);
    if (gold !== null) values.set(gold.label, (values.get(gold.label) ?? 0) + 1);
    else if (part.records === null ? part.dataset?.labelFrom === undefined : part.label === null) nowhere += 1;
    else if (part.label !== null && cells !== null && !Object.hasOwn(cells, part.label)) {
      missing.add(part.label);
      without += 1;
    } else empty += 1;
  }
  if (looked === 0) return null;
  const most = [...values].sort((a, b) => b[1] - a[1]);
  const named = most
    .slice(0, VALUES_NAMED)
    .map(([value, times]) => `${quoted(value)}${times > 1 ? ` (${times})` : ''}`);
  const others = most.length > named.length ? ` and ${most.length - named.length} more` : '';
  const of = (count: number): string => (count === looked ? '' : `${count} times `);
  const reasons = [
    ...(nowhere === 0
      ? []
      : [
          `${of(nowhere)}nothing says where the label is: "label" (of pictures, "labelFrom") in the dataset’s entry of model-blame.json does`,
        ]),
    ...(without === 0 ? [] : [`${of(without)}there is no column ${listed([...missing].map(quoted))}`]),
    ...(empty === 0 ? [] : [`${of(empty)}the label is empty`]),
    ...(named.length === 0
      ? []
      : [
          `${named.join(', ')}${others} ${most.length === 1 ? 'is no class' : 'are no classes'} of the model, which has ${listed(edition.model.labels)}`,
        ]),
  ];
  return `${looked === MOST_LOOKED_AT ? `of the first ${looked}, ` : ''}${reasons.join('; ')}`;
}

function quoted(value: string): string {
  const shown = value.trim();
  return `“${shown.length > MOST_CHARACTERS ? `${shown.slice(0, MOST_CHARACTERS)}…` : shown}”`;
}
