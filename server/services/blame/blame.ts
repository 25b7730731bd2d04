/** The service behind `blame`: who is to blame, in which order, and what happens when it is taken away. */
import { throwIfCancelled } from '../../errors';
import { coreOf, explainPrepared, gridOf } from '../explain';
import { scoresOf } from '../predict';
import { uniform } from '../../random';
import { datasetsOf } from '../population/source';
import { prepare } from '../prepare';
import { needsClasses } from '../quantities';
import { chosenPrior, goldClass } from './given';
import { priorReport } from './prior';
import { changedBy, replacementOf } from './replacement';
import { UserError } from '../../errors';
import type { RemovalRequest } from '../../compute/blame-types';
import type {
  BlameRequest,
  BlameResponse,
  PriorReport,
  RemovalStep,
  RemovalTrial,
  ReplacementId,
  TargetRequest,
} from '../../protocol';
import type { ExplainContext } from '../explain';
import type { Prepared } from '../prepare';
import type { RequestOptions } from '../types';
import type { Replacement } from './replacement';

/** Random orders of the control, over all replacements together at least. */
const RANDOM_ORDERS = 5;

export async function blame(
  context: ExplainContext,
  request: BlameRequest,
  options: RequestOptions = {},
): Promise<BlameResponse> {
  throwIfCancelled(options.signal);
  const prepared = await prepare(context, request, options.signal);
  return blamePrepared(context, prepared, request, options);
}

/** @throws UserError `no-gold`, `unknown-gold`, `no-dataset`, `replacement-unfit`, `already-gold`. */
export async function blamePrepared(
  context: ExplainContext,
  prepared: Prepared,
  request: Omit<BlameRequest, 'address'>,
  options: RequestOptions,
): Promise<BlameResponse> {
  const began = performance.now();
  needsClasses(prepared.model, 'Blame');
  const gold = goldClass(prepared, request.gold ?? null);
  const replacement = await replacementOf(
    context,
    prepared,
    {
      id: request.replacement ?? defaultReplacement(prepared, request.baseline),
      baseline: request.baseline,
      parameters: request.parameters,
      gold,
      donors: request.donors ?? 3,
    },
    options,
  );
  const method = request.method ?? 'blame';
  const coupled = request.baseline === null || replacement.id === 'baseline';
  const explanation = await explainPrepared(
    context,
    prepared,
    {
      address: prepared.sample.ref.address,
      model: request.model,
      method,
      target: method === 'blame' ? { kind: 'predicted' } : await targetAgainst(context, prepared, gold, options),
      baseline: coupled ? null : request.baseline,
      parameters: request.parameters,
    },
    { gold, ...(coupled ? { baseline: replacement.baseline } : {}) },
    options,
    began,
  );
  const runs = runsOf(prepared, explanation.relevance, replacement, request.remove);
  const removed = await context.compute.remove(
    { model: prepared.model.source, sample: { ...coreOf(prepared), grid: gridOf(prepared.encoded.features) }, runs },
    options,
  );
  const trials = runs.map((run, i) =>
    trialOf(run, [removed.start, ...(removed.steps[i] ?? [])], gold, prepared.model.labels),
  );
  const blamed = trials.slice(0, replacement.choices.length);
  return {
    explanation,
    gold: { class: gold, label: prepared.model.labels[gold] ?? `class ${gold}` },
    prior: await priorIfKnown(context, prepared, request, gold, options),
    replacement: { id: replacement.id, label: replacement.label },
    order: blamed[0]?.order ?? [],
    trials: blamed,
    random: trials.slice(replacement.choices.length),
    donors: replacement.donors.map(({ sample, distance }) => ({ sample, distance })),
  };
}

/** Donors measure best, and show what a right sample looks like; they need a dataset with one label a sample. */
function defaultReplacement({ model, positions }: Prepared, baseline: string | null): ReplacementId {
  return positions === undefined && baseline === null && datasetsOf(model.chosen).length > 0 ? 'donor' : 'baseline';
}

/** Methods that know no gold class explain why the predicted one rather than gold. */
async function targetAgainst(
  context: ExplainContext,
  prepared: Prepared,
  gold: number,
  options: RequestOptions,
): Promise<TargetRequest> {
  const { scores } = await scoresOf(context, prepared, options);
  const predicted = scores[0]?.class ?? 0;
  if (predicted !== gold) return { kind: 'contrast', class: predicted, against: gold };
  throw new UserError('already-gold', `The model already predicts "${prepared.model.labels[gold] ?? gold}".`, {
    next: 'Use the method "blame", which also shows what speaks against a right answer.',
  });
}

type Run = RemovalRequest['runs'][number] & { readonly label: string; readonly donor: number | null };

/** The order of blame once for each replacement, then random orders of as many features as it has. */
function runsOf(prepared: Prepared, relevance: Float32Array, replacement: Replacement, most: number): readonly Run[] {
  const { choices } = replacement;
  const blamed = choices.map(({ label, donor, substitute }) => {
    const changed = changedBy(prepared.encoded, substitute);
    return { label, donor, substitute, changed, order: orderOf(relevance, changed, most) };
  });
  const each = Math.ceil(RANDOM_ORDERS / Math.max(1, choices.length));
  const random = blamed.flatMap(({ changed, ...run }, i) =>
    Array.from({ length: each }, (_, k) => ({ ...run, order: randomOrder(changed, most, i * each + k) })),
  );
  return [...blamed.map(({ label, donor, substitute, order }) => ({ label, donor, substitute, order })), ...random];
}

/** Features that push away from gold and that the replacement changes, most blamed first; ties in their own order. */
export function orderOf(relevance: Float32Array, changed: ReadonlySet<number>, most: number): number[] {
  return Array.from(relevance.keys())
    .filter((feature) => (relevance[feature] as number) > 0 && changed.has(feature))
    .sort((a, b) => (relevance[b] as number) - (relevance[a] as number) || a - b)
    .slice(0, most);
}

export function randomOrder(changed: ReadonlySet<number>, most: number, seed: number): number[] {
  const random = uniform(seed);
  const rest = [...changed].sort((a, b) => a - b);
  const order: number[] = [];
  while (order.length < most && rest.length > 0) {
    const at = Math.floor(random() * rest.length);
    order.push(rest[at] as number);
    rest[at] = rest.at(-1) as number;
    rest.pop();
  }
  return order;
}

/** @param rows Probabilities of the sample and after every replaced feature. */
export function trialOf(
  { label, donor, order }: Pick<Run, 'label' | 'donor' | 'order'>,
  rows: readonly (readonly number[])[],
  gold: number,
  labels: readonly string[],
): RemovalTrial {
  const top = (row: readonly number[]): number => row.indexOf(Math.max(...row));
  const predicted = top(rows[0] ?? []);
  const steps = rows.map((row, removed): RemovalStep => {
    const now = top(row);
    return {
      removed,
      feature: removed === 0 ? null : (order[removed - 1] ?? null),
      class: now,
      label: labels[now] ?? `class ${now}`,
      outcome: now === gold ? 'gold' : now === predicted ? 'same' : 'other',
      gold: row[gold] ?? 0,
      predicted: row[predicted] ?? 0,
    };
  });
  const flipsAt = steps.find(({ outcome }) => outcome === 'gold')?.removed ?? null;
  return { replacement: label, donor, order, steps, flipsAt };
}

/** How surprising gold is: shown wherever a dataset is known, needed or not. */
async function priorIfKnown(
  context: ExplainContext,
  { model }: Prepared,
  { parameters }: Pick<BlameRequest, 'parameters'>,
  gold: number,
  options: RequestOptions,
): Promise<PriorReport | null> {
  try {
    return priorReport(await chosenPrior(context, model, parameters['prior'] === 'uniform', options), gold);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
