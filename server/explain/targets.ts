/** What is explained: from a person's wish to a head and a seed. The class is fixed here, once per request. */
import { UserError } from '../errors';
import { wishFor } from '../protocol/catalogue';
import { quantityName } from '../protocol/explanation';
import type { MethodInfo, Target, TargetRequest, TargetScale } from '../protocol';
import { classCount, classScores, labelOf } from './scores';
import type { Reading } from './scores';
import type { ResolvedTarget } from './types';

export interface TargetChoice {
  readonly target: Target;
  readonly resolved: ResolvedTarget;
}

/**
 * @param logits The sample's own logits, for `predicted` and the number of classes.
 * @param labels Class names in the model's order; may be fewer than the classes.
 * @throws UserError `unknown-class`, `target-needs-logits`, `target-needs-softmax`, `target-needs-classes`,
 *   `target-needs-quantity`, `contrast-with-itself`.
 */
export function resolveTarget(
  request: TargetRequest,
  logits: Float32Array,
  reading: Reading,
  labels: readonly string[],
): TargetChoice {
  if (reading.quantities === true) return ofQuantity(request, logits.length, labels);
  const classes = classCount(logits, reading);
  const find = (wanted: number | string): number => findClass(wanted, classes, labels);
  switch (request.kind) {
    case 'predicted':
      return forClass(classScores(logits, reading, labels)[0]?.class ?? 0, undefined, reading, logits.length, labels);
    case 'class':
      return forClass(find(request.class), request.scale, reading, logits.length, labels);
    case 'contrast': {
      const [one, other] = [find(request.class), find(request.against)];
      if (one === other)
        throw new UserError(
          'contrast-with-itself',
          `Class “${labelOf(labels, one)}” cannot be contrasted with itself`,
          {
            next: 'choose another class to compare with',
          },
        );
      return {
        target: {
          kind: 'contrast',
          class: one,
          label: labelOf(labels, one),
          against: other,
          againstLabel: labelOf(labels, other),
        },
        resolved: { head: 'linear', class: one, seed: difference(one, other, reading, logits.length) },
      };
    }
    case 'contrastToRest':
      return againstRest(find(request.class), reading, logits.length, labels);
  }
}

/**
 * The request, with `predicted` replaced by what the method explains where nobody chose (`MethodInfo.defaultTarget`).
 */
export function defaultTarget(
  info: Pick<MethodInfo, 'defaultTarget'>,
  request: TargetRequest,
  logits: Float32Array,
  reading: Reading,
): TargetRequest {
  if (request.kind !== 'predicted' || info.defaultTarget === undefined) return request;
  const wish = wishFor(info, classScores(logits, reading, [])[0]?.class ?? 0, reading);
  return wish.kind === 'class' ? request : wish;
}

/**
 * One quantity by itself: the first where none is named.
 * @throws UserError `unknown-class`, `target-needs-classes`.
 */
function ofQuantity(request: TargetRequest, size: number, labels: readonly string[]): TargetChoice {
  const names = Array.from({ length: size }, (_, index) => labels[index] ?? quantityName(index, size));
  if (request.kind === 'contrast' || request.kind === 'contrastToRest' || !hasValue(request))
    throw new UserError('target-needs-classes', 'The model gives quantities (regression), not scores of classes', {
      next: `explain the value of an output: ${names.slice(0, 20).join(', ')}; contrasts, logits and probabilities are of classifiers ("task": "classification" in model-blame.json, where it is one)`,
    });
  const index = request.kind === 'predicted' ? 0 : findClass(request.class, size, names);
  const seed = new Float32Array(size);
  seed[index] = 1;
  return {
    target: { kind: 'class', class: index, label: names[index] ?? '', scale: 'value' },
    resolved: { head: 'linear', class: index, seed },
  };
}

const hasValue = (request: TargetRequest): boolean =>
  request.kind !== 'class' || request.scale === undefined || request.scale === 'value';

function forClass(
  index: number,
  wished: TargetScale | undefined,
  reading: Reading,
  size: number,
  labels: readonly string[],
): TargetChoice {
  const scale = wished ?? (reading.onlyProbabilities ? 'probability' : 'logit');
  if (scale === 'value')
    throw new UserError(
      'target-needs-quantity',
      'The model gives scores of classes, which have no value of their own',
      {
        next: 'explain a logit or a probability, or write "task": "regression" into model-blame.json if it is a regressor',
      },
    );
  if (reading.onlyProbabilities && scale === 'logit')
    throw new UserError('target-needs-logits', 'The model gives probabilities only, so there is no logit to explain', {
      next: 'explain the probability, or export the model without its last activation',
    });
  return {
    target: { kind: 'class', class: index, label: labelOf(labels, index), scale },
    resolved: { head: scale === 'logit' ? 'linear' : scale, class: index, seed: oneClass(index, reading, size) },
  };
}

function againstRest(index: number, reading: Reading, size: number, labels: readonly string[]): TargetChoice {
  if (reading.activation === 'sigmoid' && !reading.single)
    throw new UserError(
      'target-needs-softmax',
      'The classes of this model are independent (sigmoid): there is no rest',
      {
        next: 'explain the class itself or a contrast with one other class',
      },
    );
  const target: Target = { kind: 'contrastToRest', class: index, label: labelOf(labels, index) };
  // Two classes: the rest is the other one.
  if (!reading.single && !reading.onlyProbabilities && size === 2)
    return {
      target,
      resolved: { head: 'linear', class: index, seed: difference(index, 1 - index, reading, size) },
    };
  return { target, resolved: { head: 'contrastToRest', class: index, seed: oneClass(index, reading, size) } };
}

/** Seed of one class: a unit vector, or the sign of a single logit. */
function oneClass(index: number, reading: Reading, size: number): Float32Array {
  if (reading.single) return Float32Array.of(index === 1 ? 1 : -1);
  const seed = new Float32Array(size);
  seed[index] = 1;
  return seed;
}

function difference(one: number, other: number, reading: Reading, size: number): Float32Array {
  const seed = oneClass(one, reading, size);
  return seed.map((value, i) => value - (oneClass(other, reading, size)[i] as number));
}

/** A class by index or by name (exact, then without case, then digits as an index). */
function findClass(wanted: number | string, classes: number, labels: readonly string[]): number {
  const exact = labels.findIndex((label) => label === wanted);
  if (exact >= 0 && exact < classes) return exact;
  if (typeof wanted === 'string') {
    const loose = labels.flatMap((label, i) => (label.toLowerCase() === wanted.trim().toLowerCase() ? [i] : []));
    if (loose.length === 1 && (loose[0] as number) < classes) return loose[0] as number;
  }
  const index = typeof wanted === 'number' ? wanted : /^\d+$/.test(wanted.trim()) ? Number(wanted) : NaN;
  if (Number.isInteger(index) && index >= 0 && index < classes) return index;
  const known = Array.from({ length: Math.min(classes, 20) }, (_, i) => labelOf(labels, i)).join(', ');
  throw new UserError('unknown-class', `The model has no class “${wanted}”`, {
    next: `it has ${known}${classes > 20 ? `, … (${classes} classes, by name or by index from 0)` : ' (by name or by index from 0)'}`,
  });
}
