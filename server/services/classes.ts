/** Names of a model's classes, and classes that a person names. */
import { UserError } from '../errors';
import { problemError } from '../workspace/problem';
import { quantityName } from '../protocol/explanation';
import { classOf, goldClass, madeUpName, whyNoClass } from '../workspace/labels';
import type { ModelSummary } from '../compute/types';
import type { GoldLabel, TargetRequest } from '../protocol';
import type { ModelFacts } from '../workspace/facts';
import type { ChosenModel } from './choose';

export interface ClassNames {
  readonly labels: readonly string[];
  /** True for `LABEL_0` and for names we made up. */
  readonly placeholders: boolean;
}

/**
 * Names in order of trust: the workspace file, the model itself, `id2label` or `labels.txt`, made-up ones.
 * Throws a UserError at the place when the workspace file names another number of classes than the model has.
 */
export function classNames(chosen: ChosenModel, facts: ModelFacts, summary: ModelSummary): ClassNames {
  const { classes, quantities } = summary.output;
  const configured = chosen.config?.labels;
  if (configured !== undefined) {
    if (classes !== null && configured.length !== classes)
      throw wrongCount(chosen, configured.length, classes, quantities);
    return { labels: configured, placeholders: false };
  }
  const fits = (names: readonly string[] | null): names is readonly string[] =>
    names !== null && (classes === null || names.length === classes);
  if (fits(summary.output.labels)) return { labels: summary.output.labels, placeholders: false };
  if (fits(facts.labels)) return { labels: facts.labels, placeholders: facts.placeholders };
  const count = classes ?? 0;
  const named = (index: number): string => (quantities === true ? quantityName(index, count) : madeUpName(index));
  return { labels: Array.from({ length: count }, (_, index) => named(index)), placeholders: true };
}

function wrongCount(chosen: ChosenModel, names: number, classes: number, quantities = false): UserError {
  const [one, many] = quantities ? ['output', 'outputs'] : ['class', 'classes'];
  const problem = {
    code: 'wrong-labels',
    severity: 'error' as const,
    message: `"labels" names ${names} ${names === 1 ? one : many}, the model has ${classes}.`,
    next: `Name every ${one} once, in the model\u2019s order.`,
  };
  const { workspace, name } = chosen;
  if (workspace === null) return new UserError(problem.code, problem.message, { next: problem.next });
  return problemError(workspace.uri, { ...problem, range: workspace.rangeOf(['models', name, 'labels']) });
}

/** The target with class indices; throws `unknown-class` with the names there are. */
export function resolveTarget(
  target: TargetRequest,
  labels: readonly string[],
  noun: 'class' | 'output' = 'class',
): TargetRequest {
  switch (target.kind) {
    case 'predicted':
      return target;
    case 'class':
    case 'contrastToRest':
      return { ...target, class: classIndex(target.class, labels, noun) };
    case 'contrast': {
      const resolved = {
        ...target,
        class: classIndex(target.class, labels),
        against: classIndex(target.against, labels),
      };
      if (resolved.class !== resolved.against) return resolved;
      throw new UserError('same-class', 'A contrast needs two different classes.', {
        where: labels[resolved.class] ?? `class ${resolved.class}`,
        next: 'Name another class to compare with.',
      });
    }
  }
}

function classIndex(asked: number | string, labels: readonly string[], noun: 'class' | 'output' = 'class'): number {
  // Without names the number of classes is not known before the model has run: compute checks the index.
  if (typeof asked === 'number' && labels.length === 0) return asked;
  const index =
    typeof asked === 'string'
      ? classOf(asked, labels)
      : Number.isInteger(asked) && asked >= 0 && asked < labels.length
        ? asked
        : null;
  if (index !== null) return index;
  throw new UserError(
    'unknown-class',
    `The model has no ${noun} ${typeof asked === 'string' ? `"${asked}"` : asked}.`,
    {
      next: `${noun === 'class' ? 'Classes' : 'Outputs'}: ${listed(labels)}.`,
    },
  );
}

/** Gold label of a sample as the result reports it; `class: null` when it is none of the model's classes. */
export function goldOf(label: string | null, labels: readonly string[]): GoldLabel | null {
  return label === null ? null : { label, class: goldClass(label, labels) };
}

/** Why a gold label counts for nothing, as a code and a sentence. */
export function noGoldClass(
  label: string,
  labels: readonly string[],
): { readonly code: 'several-gold' | 'shared-gold' | 'unknown-gold'; readonly message: string } {
  switch (whyNoClass(label, labels)) {
    case 'several':
      return {
        code: 'several-gold',
        message: `The sample has several gold labels (${label}): it is compared with none.`,
      };
    case 'shared':
      return { code: 'shared-gold', message: `The gold label "${label}" is the name of more than one class.` };
    case 'unknown':
      return {
        code: 'unknown-gold',
        message: `The gold label "${label}" is none of the model's classes (${listed(labels, 8)}).`,
      };
  }
}

export function listed(names: readonly string[], most = 12): string {
  return `${names.slice(0, most).join(', ')}${names.length > most ? `, … (${names.length})` : ''}`;
}
