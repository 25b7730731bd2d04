/** Which samples of a dataset are explained for the views asked for. */
import { UserError } from '../../errors';
import { classOf } from '../../workspace/labels';
import { listed } from '../classes';
import type { PatternsRequest } from '../../protocol';
import type { Wish } from '../../patterns/analyse';
import type { Predicted } from './dataset';

export interface Chosen {
  /** Indices into the columns of `Predicted`, ascending. */
  readonly indices: readonly number[];
  /** Samples the views are about, explained or not. */
  readonly scope: number;
  readonly cells: Wish['cells'];
  readonly cell: { readonly gold: number; readonly predicted: number } | null;
  readonly class: number | null;
}

/** Cells of mistakes that get a list of their own. */
const MOST_CELLS = 20;
const MOST = 1000;

/**
 * Features of one cell need that cell only; groups and unusual samples of a class its samples; everything else all.
 * Where there are more than `most`, mistakes come first, then samples spread evenly over the rest.
 * @throws UserError `empty-cell`, `empty-class`, `no-mistakes`, `unknown-class`.
 */
export function chooseSamples(predicted: Predicted, request: PatternsRequest, labels: readonly string[]): Chosen {
  const { by } = request;
  const find = (asked: number | string): number => classIndex(asked, labels, predicted.classes);
  const cell =
    request.cell === null ? null : { gold: find(request.cell.gold), predicted: find(request.cell.predicted) };
  const own = request.class === null ? (cell?.predicted ?? null) : find(request.class);
  // Everything below is about the class a sample is explained for.
  const classes = request.target === 'gold' ? predicted.gold : predicted.predicted;
  const all = Array.from(classes.keys()).filter((i) => (classes[i] as number) >= 0);
  if (all.length === 0)
    throw new UserError('no-gold', 'No sample has a gold label of the model’s classes.', {
      next: 'Name the labels in model-blame.json ("label", "labelFrom"), or explain the predicted class.',
    });
  const isWrong = (i: number): boolean =>
    (predicted.gold[i] as number) >= 0 && predicted.gold[i] !== predicted.predicted[i];
  const inCell = (i: number): boolean =>
    cell !== null && predicted.gold[i] === cell.gold && predicted.predicted[i] === cell.predicted;
  const label = (index: number): string => labels[index] ?? `class ${index}`;
  if (cell !== null && !all.some(inCell))
    throw new UserError(
      'empty-cell',
      `No sample with the label "${label(cell.gold)}" is predicted as "${label(cell.predicted)}".`,
      {
        next: 'Choose a cell of the confusion matrix that has samples.',
      },
    );
  if (own !== null && !all.some((i) => classes[i] === own))
    throw new UserError(
      'empty-class',
      `No sample is ${request.target === 'gold' ? 'labelled' : 'predicted'} as "${label(own)}".`,
      { next: 'Choose another class.' },
    );
  const cells = by.includes('features')
    ? cellsOf(predicted, classes, cell, request.class === null ? null : own, isWrong)
    : [];
  if (by.length === 1 && by[0] === 'features' && cells.length === 0)
    throw new UserError('no-mistakes', 'No sample of the dataset is misclassified.', {
      next: 'Name a class to see what carries it over all its samples.',
    });
  const narrow = by.every((view) => view === 'features' || view === 'clusters' || view === 'unusual');
  const onlyFeatures = by.every((view) => view === 'features');
  const scope = all.filter((i) => {
    if (onlyFeatures && cell !== null) return inCell(i);
    if (onlyFeatures && request.class === null) return isWrong(i);
    return narrow && own !== null ? classes[i] === own : true;
  });
  const first = scope.filter((i) => (cell === null ? isWrong(i) : inCell(i)));
  return { indices: atMost(scope, first, request.most ?? MOST), scope: scope.length, cells, cell, class: own };
}

function cellsOf(
  { predicted, gold }: Predicted,
  classes: Int32Array,
  cell: Chosen['cell'],
  own: number | null,
  isWrong: (i: number) => boolean,
): Wish['cells'] {
  const count = (test: (i: number) => boolean): number => predicted.reduce((sum, _, i) => sum + (test(i) ? 1 : 0), 0);
  if (cell !== null)
    return [{ ...cell, total: count((i) => gold[i] === cell.gold && predicted[i] === cell.predicted) }];
  if (own !== null) return [{ gold: null, predicted: own, total: count((i) => classes[i] === own) }];
  const sizes = new Map<string, { gold: number; predicted: number; total: number }>();
  predicted.forEach((is, i) => {
    if (!isWrong(i)) return;
    const key = `${gold[i]}:${is}`;
    const known = sizes.get(key);
    if (known === undefined) sizes.set(key, { gold: gold[i] as number, predicted: is, total: 1 });
    else known.total += 1;
  });
  return [...sizes.values()].sort((a, b) => b.total - a.total).slice(0, MOST_CELLS);
}

/** Those that come first, then an even spread over the others; ascending. */
function atMost(scope: readonly number[], first: readonly number[], most: number): readonly number[] {
  if (scope.length <= most) return scope;
  const chosen = new Set(spread(first, most));
  const rest = scope.filter((i) => !chosen.has(i));
  for (const i of spread(rest, most - chosen.size)) chosen.add(i);
  return scope.filter((i) => chosen.has(i));
}

function spread(list: readonly number[], count: number): number[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / count)] as number);
}

function classIndex(asked: number | string, labels: readonly string[], classes: number): number {
  const index = typeof asked === 'string' ? classOf(asked, labels) : asked;
  if (index !== null && Number.isInteger(index) && index >= 0 && index < classes) return index;
  throw new UserError('unknown-class', `The model has no class ${typeof asked === 'string' ? `"${asked}"` : asked}.`, {
    next: `Classes: ${listed(labels)}.`,
  });
}
