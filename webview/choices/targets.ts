/** The target, as two questions: why this class, and compared with what. Pure. */
import type { ClassScore, ModelRef, Target, TargetRequest, TargetScale } from '../../server/protocol/explanation';

/** What is compared with: nothing, all other classes, or one class. */
export type Against =
  { readonly kind: 'nothing' } | { readonly kind: 'rest' } | { readonly kind: 'class'; readonly class: number };

export interface TargetForm {
  /** Null: whatever the model predicts. */
  readonly class: number | null;
  readonly against: Against;
  readonly scale: TargetScale;
}

/** What is explained where nobody chose: a logit, or the value that is all a regression has. */
const plainScale = (scores: readonly ClassScore[]): TargetScale => (scores[0]?.value === undefined ? 'logit' : 'value');

/** The form that shows a request. Class names are looked up among the scores. */
export function formOf(request: TargetRequest, scores: readonly ClassScore[]): TargetForm {
  const nothing: Against = { kind: 'nothing' };
  const scale = plainScale(scores);
  switch (request.kind) {
    case 'predicted':
      return { class: null, against: nothing, scale };
    case 'class':
      return { class: indexOf(request.class, scores), against: nothing, scale: request.scale ?? scale };
    case 'contrast': {
      const other = indexOf(request.against, scores);
      return {
        class: indexOf(request.class, scores),
        against: other === null ? nothing : { kind: 'class', class: other },
        scale: 'logit',
      };
    }
    case 'contrastToRest':
      return { class: indexOf(request.class, scores), against: { kind: 'rest' }, scale: 'logit' };
  }
}

/** The request a form asks for. Anything but the bare prediction names its class, so that it stays fixed. */
export function requestOf(form: TargetForm, scores: readonly ClassScore[]): TargetRequest {
  const isPlain = form.against.kind === 'nothing' && form.scale === plainScale(scores);
  if (form.class === null && isPlain) return { kind: 'predicted' };
  const chosen = form.class ?? scores[0]?.class ?? 0;
  switch (form.against.kind) {
    case 'nothing':
      return { kind: 'class', class: chosen, scale: form.scale };
    case 'rest':
      return { kind: 'contrastToRest', class: chosen };
    case 'class':
      if (form.against.class === chosen) return { kind: 'class', class: chosen, scale: form.scale };
      return { kind: 'contrast', class: chosen, against: form.against.class };
  }
}

/** Clicking a class explains it; with Shift it is what the explained class is compared with. */
export function clicked(
  clickedClass: number,
  shift: boolean,
  request: TargetRequest,
  scores: readonly ClassScore[],
): TargetRequest {
  const form = formOf(request, scores);
  // Quantities are each explained by itself.
  if (!shift || plainScale(scores) === 'value')
    return requestOf({ class: clickedClass, against: { kind: 'nothing' }, scale: form.scale }, scores);
  const explained = form.class ?? scores[0]?.class ?? 0;
  if (explained === clickedClass) return requestOf({ ...form, class: explained, against: { kind: 'nothing' } }, scores);
  return { kind: 'contrast', class: explained, against: clickedClass };
}

/** Whether the class can be compared with all others: not when each is a yes or no, or a number, of its own. */
export function hasRest(model: ModelRef): boolean {
  return model.output !== 'quantities' && (model.output !== 'sigmoid' || model.labels.length <= 2);
}

/** `positive`, `positive rather than negative`, `positive rather than all others`, `probability of positive`. */
export function targetText(target: Target): string {
  switch (target.kind) {
    case 'class':
      if (target.scale === 'logit' || target.scale === 'value') return target.label;
      return `${target.scale === 'probability' ? 'probability' : 'log probability'} of ${target.label}`;
    case 'contrast':
      return `${target.label} rather than ${target.againstLabel}`;
    case 'contrastToRest':
      return `${target.label} rather than all others`;
    case 'blame':
      return `not ${target.label}`;
  }
}

function indexOf(name: number | string, scores: readonly ClassScore[]): number | null {
  if (typeof name === 'number') return name;
  return scores.find((score) => score.label === name)?.class ?? null;
}
