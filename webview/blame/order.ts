/** The order of blame: each replaced feature with its blame, and what the model says from then on. */
import type { RemovalStep, RemovalTrial } from '../../server/protocol/blame';
import type { Explanation } from '../../server/protocol/explanation';
import type { Theme } from '../../server/render/colour';
import { diverging, hex, scaleLimit } from '../../server/render/colour';
import { probability, signed } from '../../server/render/numbers';
import { aligned } from '../result/aligned';
import { data, fill, h } from '../widgets/dom';
import { featureName } from '../result/feature-names';
import { inert } from '../widgets/inert';
import { roving } from '../widgets/roving';
import { outcomeText } from './words';

export interface OrderScene {
  readonly trial: RemovalTrial;
  readonly explanation: Explanation;
  readonly gold: string;
  readonly theme: Theme;
}

export interface OrderList {
  readonly element: HTMLElement;
  draw(scene: OrderScene): void;
  /** Marks what is replaced up to this step. */
  step(at: number): void;
}

/** @param onChoose Called with the step and the feature that is replaced in it. */
export function orderList(onChoose: (step: number, feature: number) => void): OrderList {
  const element = h('div', {
    class: 'order',
    role: 'listbox',
    'aria-label': 'Order of blame. Enter goes to the feature’s place and to the state after it was replaced.',
  });
  let items: HTMLElement[] = [];
  let scene: OrderScene | null = null;
  const focus = roving({ container: element, items: () => items, layout: 'list', onEnter: choose });
  element.addEventListener('click', (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('.order-row') : null;
    if (row !== null) choose(items.indexOf(row));
  });

  function choose(index: number): void {
    const step = scene?.trial.steps[index + 1];
    if (step?.feature !== null && step !== undefined) onChoose(index + 1, step.feature);
  }
  function draw(next: OrderScene): void {
    scene = next;
    const { trial, explanation } = next;
    const values = trial.steps.map(({ feature }) => (feature === null ? 0 : (explanation.relevance[feature] ?? 0)));
    const limit = scaleLimit(values);
    items = trial.steps.slice(1).map((step, index) => rowOf(step, values[index + 1] ?? 0, limit, next));
    fill(element, ...items);
    focus.reset();
  }
  function step(at: number): void {
    items.forEach((item, index) => {
      item.classList.toggle('replaced', index < at);
      item.classList.toggle('now', index === at - 1);
      item.setAttribute('aria-selected', String(index === at - 1));
    });
  }
  return { element, draw, step };
}

function rowOf(step: RemovalStep, value: number, limit: number, scene: OrderScene): HTMLElement {
  const { name, detail } = featureName(scene.explanation.features, step.feature ?? -1);
  const bar = h('span', { class: 'order-fill' });
  bar.style.setProperty('width', `${limit > 0 ? ((100 * Math.abs(value)) / limit).toFixed(2) : 0}%`);
  bar.style.setProperty('background-color', hex(diverging(Math.sign(value), 1, scene.theme)));
  const after = outcomeText(step);
  return h(
    'div',
    {
      class: 'order-row',
      role: 'option',
      tabindex: -1,
      'aria-selected': 'false',
      'aria-label': `${step.removed}: ${inert(name)}${detail === '' ? '' : `, ${detail}`}, blame ${signed(value)}; then ${after}, probability of ${inert(scene.gold)} ${probability(step.gold)}`,
    },
    h('span', { class: 'order-rank number dim' }, String(step.removed)),
    data(name, { class: 'order-name' }),
    data(detail, { class: 'order-detail dim' }),
    h('span', { class: 'order-track' }, bar),
    h('span', { class: 'order-value number' }, aligned(value, limit)),
    h('span', { class: `order-after ${step.outcome}` }, after),
    h('span', { class: 'order-chance number dim' }, probability(step.gold)),
  );
}
