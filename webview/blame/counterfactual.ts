/** The smallest change that makes the model answer gold: what changed, from and to, and the new prediction. */
import type { CounterfactualResponse } from '../../server/protocol/blame';
import type { ClassScore } from '../../server/protocol/explanation';
import { milliseconds, probability, significant } from '../../server/render/numbers';
import { asideState } from '../aside';
import { button } from '../widgets/controls';
import { data, fill, h } from '../widgets/dom';
import { featureName, pixelAt } from '../result/feature-names';
import { originalPixel } from '../image/region';
import { inert } from '../widgets/inert';
import type { Page, Part } from '../page';
import { pixelCanvas, pngOf } from './picture';
import { counted } from './words';

const firstChanges = 60;

export function counterfactualView(page: Page): Part {
  const start = button({
    label: 'Find a counterfactual',
    appearance: 'primary',
    title: 'The smallest change found that makes the model answer gold',
    onClick: () => page.ask('counterfactual', true),
  });
  const state = asideState(page, 'counterfactual', 'Searching the smallest change…');
  const result = h('div', {});
  const element = h(
    'section',
    { class: 'counterfactual', 'aria-label': 'Counterfactual' },
    h('h3', {}, 'What would have to be different?'),
    start,
    state.element,
    result,
  );
  let drawn: CounterfactualResponse | null = null;

  return {
    element,
    update(panel) {
      const aside = panel.counterfactual;
      start.hidden = aside !== null;
      state.update(aside);
      const found = aside?.phase === 'done' ? aside.result : null;
      if (found === drawn) return;
      drawn = found;
      fill(result, ...(found === null ? [] : resultOf(found, page)));
    },
  };
}

function resultOf(found: CounterfactualResponse, page: Page): Node[] {
  const { changes, gold, before, after } = found;
  const first = after[0];
  const reached =
    changes.length === 0
      ? 'Nothing has to change.'
      : `With ${counted(changes.length, 'changed feature')} the model says ${inert(first?.label ?? gold.label)}.`;
  return [
    h('p', {}, reached),
    h('div', { class: 'before-after' }, ...pictures(found), prediction('now', before), prediction('changed', after)),
    changeList(found, page),
    h('div', { class: 'form-actions' }, ...actions(found, page)),
    h(
      'p',
      { class: 'dim' },
      `${counted(found.evaluations, 'model evaluation')}, ${milliseconds(found.milliseconds)}. The smallest change that was found; there may be a smaller one.`,
    ),
  ];
}

function pictures({ features, result }: CounterfactualResponse): Node[] {
  if (features.kind !== 'pixels' || result.kind !== 'pixels') return [];
  const { width, height } = result;
  const scale = Math.max(1, Math.floor(392 / Math.max(width, height)));
  return [
    figure('now', pixelCanvas(features.picture, features.width, features.height, scale, 'The picture as it is')),
    figure('changed', pixelCanvas(result.picture, width, height, scale, 'The changed picture')),
  ];
}

function figure(caption: string, content: HTMLElement): HTMLElement {
  return h('figure', { class: 'frame' }, content, h('figcaption', {}, caption));
}

function prediction(caption: string, scores: readonly ClassScore[]): HTMLElement {
  const list = h(
    'dl',
    { class: 'facts' },
    ...scores
      .slice(0, 3)
      .flatMap(({ label, probability: chance, logit }) => [
        h('dt', {}, data(label)),
        h('dd', { class: 'number' }, chance === null ? significant(logit ?? 0) : probability(chance)),
      ]),
  );
  return h('div', {}, h('div', { class: 'facts-head' }, `prediction ${caption}`), list);
}

function changeList(found: CounterfactualResponse, page: Page): HTMLElement {
  const { changes, features } = found;
  const go = (feature: number): void => {
    const { source } = featureName(features, feature);
    if (source !== null) page.reveal(source);
    else if (features.kind === 'pixels' && features.uri !== null)
      page.post({
        type: 'revealPixel',
        uri: features.uri,
        ...originalPixel(features, pixelAt(features.width, feature)),
      });
  };
  const rest = changes.length - firstChanges;
  return h(
    'div',
    { class: 'wide-table' },
    h(
      'table',
      { class: 'numbers changes', hidden: changes.length === 0 },
      h('thead', {}, h('tr', {}, ...['feature', 'from', 'to'].map((text) => h('th', { scope: 'col' }, text)))),
      h(
        'tbody',
        {},
        ...changes
          .slice(0, firstChanges)
          .map(({ feature, name, from, to }) =>
            h(
              'tr',
              {},
              h(
                'th',
                { scope: 'row' },
                h('button', { type: 'button', class: 'link', onclick: () => go(feature) }, data(name)),
              ),
              h('td', {}, from === '' ? h('span', { class: 'dim' }, '(nothing)') : data(from)),
              h('td', {}, to === '' ? h('span', { class: 'dim' }, '(left out)') : data(to)),
            ),
          ),
      ),
      rest > 0 ? h('caption', { class: 'dim' }, `and ${rest} more`) : null,
    ),
  );
}

function actions({ result }: CounterfactualResponse, page: Page): Node[] {
  const again = button({ label: 'Search again', onClick: () => page.ask('counterfactual', true) });
  if (result.kind !== 'pixels')
    return [
      ...(result.kind === 'elements'
        ? []
        : [
            button({
              label: result.kind === 'columns' || result.cells !== undefined ? 'Copy as row' : 'Copy text',
              onClick: () => page.post({ type: 'counterfactual', to: 'clipboard' }),
            }),
          ]),
      button({ label: 'Save…', onClick: () => page.post({ type: 'counterfactual', to: 'file' }) }),
      again,
    ];
  const { picture, width, height } = result;
  const save = (): void => {
    pngOf(picture, width, height).then(
      (png) => page.post({ type: 'counterfactual', to: 'file', png }),
      (error: unknown) => page.post({ type: 'log', level: 'error', message: `counterfactual: ${String(error)}` }),
    );
  };
  return [button({ label: 'Save picture…', onClick: save }), again];
}
