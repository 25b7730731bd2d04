/** The samples of what was clicked: each leads to its row or picture, and to its explanation. */
import type { PatternFeature, PatternsResponse, SampleAddress } from '../../server/protocol';
import { probability } from '../../server/render/numbers';
import { isMistake, sampleCount, sampleWords } from '../../server/render/patternWords';
import { button } from '../widgets/controls';
import { data, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import { roving } from '../widgets/roving';
import type { PatternsPage } from './page';
import type { Picked } from './state';

const SHOWN = 300;

export function sampleList(
  answer: PatternsResponse,
  { title, samples, features = [] }: Picked,
  page: PatternsPage,
): HTMLElement {
  const shown = samples.slice(0, SHOWN).flatMap((sample) => answer.samples[sample] ?? []);
  const rows = shown.map((one) =>
    h(
      'div',
      {
        class: isMistake(one) ? 'sample wrong' : 'sample',
        role: 'option',
        tabindex: -1,
        title: 'Go to the sample',
        'data-vscode-context': JSON.stringify({ webviewSection: 'sample', sample: one.address }),
        onclick: () => page.reveal(one.address),
      },
      h('span', { class: 'sample-title' }, data(one.title), ' ', data(sampleWords(answer, one), { class: 'dim' })),
      h('span', { class: 'number dim' }, probability(one.probability)),
      one.text === '' ? null : data(one.text, { class: 'sample-text dim' }),
    ),
  );
  const list = h('div', { class: 'samples', role: 'listbox', 'aria-label': 'Samples' }, ...rows);
  const keys = roving({
    container: list,
    items: () => rows,
    layout: 'list',
    onEnter: (index, event) => {
      const one = shown[index];
      if (one === undefined) return;
      if (event.key === ' ') page.explain(one.address);
      else page.reveal(one.address);
    },
  });
  keys.reset();
  const [first] = shown;
  return h(
    'aside',
    { class: 'picked', 'aria-label': 'Samples' },
    h('h3', {}, data(title)),
    h(
      'p',
      { class: 'dim' },
      samples.length > SHOWN ? `${sampleCount(samples.length)}, the first ${SHOWN}` : sampleCount(samples.length),
    ),
    h(
      'div',
      { class: 'picked-tools' },
      first === undefined ? null : button({ label: 'Explain the first', onClick: () => page.explain(first.address) }),
      ...(first === undefined ? [] : featureTools(features, first.address, answer, page)),
    ),
    h('p', { class: 'dim' }, 'Enter goes to a sample, Space explains it.'),
    list,
  );
}

/** Elements of a tensor have no place that a check could name. */
function featureTools(
  features: readonly PatternFeature[],
  sample: SampleAddress,
  { kind }: PatternsResponse,
  page: PatternsPage,
): HTMLElement[] {
  const [strongest] = features;
  if (kind === 'elements' || strongest === undefined) return [];
  const names = features.map(({ name }) => inert(name)).join(', ');
  return [
    button({
      label: page.areFlagged(features) ? 'Take the flag away' : 'Flag as a shortcut',
      title: `${names}: samples that rest on flagged features are listed among the unusual ones`,
      onClick: () => page.flag(features),
    }),
    button({
      label: 'Make a check of it',
      title: `A model check: the class does not rest on ${inert(strongest.name)}`,
      onClick: () => page.check(strongest, sample),
    }),
  ];
}
