/** The experiment: features replaced in the order of blame, with the class after every step. */
import type { BlameResponse, RemovalTrial } from '../../server/protocol/blame';
import { dropdown, field } from '../widgets/controls';
import { fill, h } from '../widgets/dom';
import { featureName, pixelAt } from '../result/feature-names';
import { originalPixel } from '../image/region';
import { inert } from '../widgets/inert';
import type { Page } from '../page';
import { slider } from '../widgets/slider';
import { removalCurve } from './curve';
import { donorList } from './donors';
import { orderList } from './order';
import { markedPicture } from './picture';
import { bestTrial, outcomeText, randomText, stepAt, trialText } from './words';

export interface Removal {
  readonly element: HTMLElement;
  update(blame: BlameResponse): void;
}

export function removalView(page: Page): Removal {
  const trials = dropdown('Replacement to look at', (value) => {
    trial = Number(value);
    page.setView({ removed: -1 });
  });
  const trialField = field('With the values of', trials.element);
  const said = h('p', { class: 'removal-said' });
  const control = h('p', { class: 'dim' });
  const donors = h('div', {});
  let scene: { readonly blame: BlameResponse; readonly trial: RemovalTrial } | null = null;
  let trial = 0;
  let drawn: readonly unknown[] = [];

  const list = orderList((step, feature) => {
    page.setView({ removed: step });
    if (scene !== null) go(scene.blame, feature, page);
  });
  const state = h('span', { class: 'removal-state', role: 'status' });
  const steps = h('div', { class: 'removal-steps' });
  const curve = h('div', {});
  const picture = h('div', {});
  const element = h(
    'section',
    { class: 'removal', 'aria-label': 'Removing in order of blame' },
    h('h3', {}, 'Replaced in the order of blame'),
    said,
    control,
    donors,
    trialField,
    h('div', { class: 'removal-step' }, steps, state),
    h('div', { class: 'removal-parts' }, list.element, h('div', {}, picture, curve)),
  );
  /** One slider for each number of steps: its range is fixed when it is made. */
  let amount = { last: -1, slider: null as ReturnType<typeof slider> | null };

  function update(blame: BlameResponse): void {
    if (scene?.blame !== blame) trial = bestTrial(blame);
    const shownTrial = blame.trials[trial] ?? blame.trials[0];
    element.hidden = shownTrial === undefined;
    if (shownTrial === undefined) return;
    scene = { blame, trial: shownTrial };
    const at = stepAt(shownTrial, page.view().removed);
    const next = [blame, shownTrial, page.theme()];
    if (next.some((item, index) => item !== drawn[index])) drawTrial(blame, shownTrial);
    else if (at === drawn[3]) return;
    drawn = [...next, at];
    drawStep(blame, shownTrial, at);
  }
  function drawTrial(blame: BlameResponse, shownTrial: RemovalTrial): void {
    const { features } = blame.explanation;
    const name = (feature: number): string => inert(featureName(features, feature).name);
    fill(said, trialText(shownTrial, blame.gold.label, name));
    fill(control, randomText(blame.random, shownTrial.steps.at(-1)?.removed ?? 0));
    fill(donors, donorList(blame, page));
    trialField.hidden = blame.trials.length < 2;
    trials.set(
      blame.trials.map((one, index) => ({ value: String(index), label: inert(one.replacement) })),
      String(blame.trials.indexOf(shownTrial)),
    );
    list.draw({ trial: shownTrial, explanation: blame.explanation, gold: blame.gold.label, theme: page.theme() });
    const last = shownTrial.steps.length - 1;
    if (amount.last !== last) {
      const made = slider({
        label: 'Replaced',
        min: 0,
        max: last,
        step: 1,
        format: (value) => `${value} of ${last}`,
        onInput: (value) => page.setView({ removed: value }),
      });
      amount = { last, slider: made };
      fill(steps, made.element);
    }
  }
  function drawStep(blame: BlameResponse, shownTrial: RemovalTrial, at: number): void {
    amount.slider?.set(at);
    list.step(at);
    const step = shownTrial.steps[at];
    state.className = `removal-state ${step?.outcome ?? ''}`;
    fill(state, step === undefined ? null : outcomeText(step));
    const { features } = blame.explanation;
    const replaced = shownTrial.steps.slice(1, at + 1).flatMap(({ feature }) => (feature === null ? [] : [feature]));
    fill(
      picture,
      features.kind === 'pixels'
        ? markedPicture(features, replaced, `The picture with ${replaced.length} replaced pixels marked`)
        : null,
    );
    const predicted = shownTrial.steps[0]?.label ?? '';
    const labels = { gold: inert(blame.gold.label), predicted: inert(predicted) };
    fill(curve, removalCurve({ trial: shownTrial, random: blame.random, at, ...labels }));
  }
  return { element, update };
}

/** To the feature's characters, or its pixel in the file. */
function go({ explanation }: BlameResponse, feature: number, page: Page): void {
  const { features } = explanation;
  const { source } = featureName(features, feature);
  if (source !== null) page.reveal(source);
  else if (features.kind === 'pixels' && features.uri !== null)
    page.post({ type: 'revealPixel', uri: features.uri, ...originalPixel(features, pixelAt(features.width, feature)) });
}
