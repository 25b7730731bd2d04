/** Questions to a survey: which samples, in which order, and numbers about them. */
import { UserError } from '../../errors';
import { canonicalUri, fileName } from '../../dataset';
import { recordTitle } from '../../dataset/record';
import { toPath } from '../../workspace/uris';
import { classOf } from '../../workspace/labels';
import { ordered } from '../../survey/order';
import { state as known } from '../../survey/predictions';
import { largestFirst, quantityOf, select } from '../../survey/select';
import { breathing } from '../../survey/slices';
import { listed } from '../classes';
import { columnCodes, textMask } from './content';
import { partAt } from './parts';
import type { Part } from './parts';
import { beforeOf } from './survey';
import type { SampleAddress, SurveyFilter, SurveySort } from '../../protocol';
import type { Store } from '../../survey/store';
import type { Beside, Selection } from '../../survey/select';
import type { Edition, Survey } from './survey';

/** What is derived from the predictions as a whole. */
export interface Derived {
  /** Mean prediction per class. */
  readonly prior: Float64Array;
}

export interface Asked {
  readonly edition: Edition;
  readonly derived: Derived;
  readonly beside: Beside;
  readonly rows: Uint32Array;
}

interface Memory {
  readonly mark: string;
  readonly derived: Derived;
  readonly thresholds: Float64Array;
  readonly orders: Map<string, Uint32Array>;
}
const memories = new WeakMap<Edition, Memory>();
/** Orders remembered for the next page. */
const MOST_ORDERS = 4;

/**
 * Positions that a filter lets through, in an order. The same question for another page costs nothing.
 * @throws UserError `unknown-class`, `column-missing`.
 */
export async function ask(
  survey: Survey,
  store: Store,
  filter: SurveyFilter = {},
  sort: SurveySort = 'position',
  descending: boolean = largestFirst.has(sort),
  signal?: AbortSignal,
): Promise<Asked> {
  const edition = survey.edition();
  const { predictions, line } = edition.sheet;
  const memory = memoryOf(survey);
  const { derived, thresholds } = memory;
  const other = filter.against ?? survey.against()?.hash ?? null;
  const before = other === null ? null : await beforeOf(store, survey.entry, other, edition);
  const beside = { line, thresholds, before };
  const key = JSON.stringify([filter, sort, descending, other]);
  const remembered = memory.orders.get(key);
  if (remembered !== undefined) return { edition, derived, beside, rows: remembered };
  const breathe = breathing(signal);
  const chosen = await select(predictions, beside, await selection(edition, filter, signal), breathe);
  let rows = chosen;
  if (sort !== 'position') {
    const values = new Float32Array(chosen.length);
    for (let i = 0; i < chosen.length; i += 1) {
      values[i] = quantityOf(predictions, sort, derived.prior, chosen[i] as number);
      if (i % 4096 === 0) await breathe();
    }
    rows = await ordered(chosen, values, descending, breathe);
  } else if (descending) rows = chosen.toReversed();
  if (memory.orders.size >= MOST_ORDERS) memory.orders.delete(memory.orders.keys().next().value ?? '');
  memory.orders.set(key, rows);
  return { edition, derived, beside, rows };
}

function memoryOf(survey: Survey): Memory {
  const edition = survey.edition();
  const { tally } = edition.sheet;
  const mark = `${survey.phase()} ${tally.done}`;
  const before = memories.get(edition);
  if (before?.mark === mark) return before;
  const thresholds = tally.selfConfidence();
  const memory = { mark, derived: { prior: tally.prior() }, thresholds, orders: new Map<string, Uint32Array>() };
  memories.set(edition, memory);
  return memory;
}

async function selection(edition: Edition, filter: SurveyFilter, signal?: AbortSignal): Promise<Selection> {
  const { labels } = edition.model;
  return {
    only: filter.only ?? null,
    topK: filter.topK ?? 1,
    gold: filter.gold === undefined ? null : classIndex(filter.gold, labels),
    predicted: filter.predicted === undefined ? null : classIndex(filter.predicted, labels),
    confidence: filter.confidence ?? null,
    loss: filter.loss ?? null,
    range: filter.uri === undefined ? null : rangeOf(edition, filter.uri),
    lines: filter.lines ?? null,
    positions: filter.positions === undefined ? null : sorted(filter.positions, edition.sheet.predictions.length),
    mask: await maskOf(edition, filter, signal),
  };
}

function sorted(positions: readonly number[], length: number): Uint32Array {
  return Uint32Array.from(new Set(positions.filter((at) => Number.isInteger(at) && at >= 0 && at < length))).sort();
}

async function maskOf(edition: Edition, filter: SurveyFilter, signal?: AbortSignal): Promise<Uint8Array | null> {
  let mask: Uint8Array | null = null;
  const both = (other: Uint8Array): void => {
    mask = mask?.map((bit, at) => bit & (other[at] as number)) ?? other;
  };
  for (const { column, value } of filter.where ?? []) {
    const { values, codes } = await columnCodes(edition, column, signal);
    const code = values.indexOf(value.trim());
    both(Uint8Array.from(codes, (one) => (one === code ? 1 : 0)));
  }
  if (filter.text !== undefined && filter.text !== '') both(await textMask(edition, filter.text, signal));
  return mask;
}

function classIndex(asked: string | number, labels: readonly string[]): number {
  const index = typeof asked === 'string' ? classOf(asked, labels) : asked < labels.length ? asked : null;
  if (index !== null) return index;
  throw new UserError('unknown-class', `The model has no class ${JSON.stringify(asked)}.`, {
    next: `Classes: ${listed(labels)}.`,
  });
}

/** Positions of one file; none where the survey does not have it. */
function rangeOf({ parts }: Edition, uri: string): readonly [number, number] {
  const wanted = canonicalUri(uri);
  const part = parts.find((one) => canonicalUri(one.uri) === wanted);
  return part === undefined ? [0, 0] : [part.first, part.first + part.count];
}

/** Position of a sample; null where the survey does not have it. */
export function positionOf({ parts, sheet }: Edition, address: SampleAddress): number | null {
  if (!('uri' in address)) return null;
  const wanted = canonicalUri(address.uri);
  const part = parts.find((one) => canonicalUri(one.uri) === wanted);
  if (part === undefined) return null;
  if (part.records === null) return part.first;
  if (address.kind === 'record')
    return address.record >= 1 && address.record <= part.count ? part.first + address.record - 1 : null;
  const line =
    address.kind === 'line' ? address.line : address.kind === 'selection' ? address.range.start.line + 1 : null;
  if (line === null) return null;
  const hit = part.records.index.line(line - 1);
  const record = hit.kind === 'record' ? hit.record : hit.kind === 'several' ? hit.first : null;
  const at = record === null ? null : part.first + record - 1;
  return at !== null && at < sheet.predictions.length ? at : null;
}

/** `reviews.csv:17`, `digit.png`; of several files, `8/digit.png`: seen from the folder they have in common. */
export function titleAt({ sheet, parts }: Edition, at: number): string {
  const { uri, records, first } = partAt(parts, at);
  const line = sheet.line[at] as number;
  // Only elements of an array may share a line.
  const element = records?.format.kind === 'json-array' ? records.index.record(at - first + 1) : null;
  const name = fileName(uri);
  const title =
    records !== null && element !== null ? recordTitle(records, element) : line === 0 ? name : `${name}:${line}`;
  const folder = toPath(uri).split(/[\\/]/).slice(commonFolder(parts), -1);
  return [...folder, title].join('/');
}

const common = new WeakMap<readonly Part[], number>();

/** Number of path segments that all files of a survey begin with. */
function commonFolder(parts: readonly Part[]): number {
  const known = common.get(parts);
  if (known !== undefined) return known;
  const [first = [], ...others] = parts.map(({ uri }) => toPath(uri).split(/[\\/]/).slice(0, -1));
  let same = first.length;
  for (const other of others) {
    const apart = first.findIndex((segment, depth) => segment !== other[depth]);
    if (apart !== -1) same = Math.min(same, apart);
  }
  common.set(parts, same);
  return same;
}

export const isPending = ({ sheet }: Edition, at: number): boolean => sheet.predictions.state[at] === known.pending;
