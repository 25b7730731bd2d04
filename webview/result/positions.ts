/** Models that predict at every position (tags, next words): which one is meant, and what is said at each. */
import type { Positions } from '../../server/protocol/explanation';
import type { Features } from '../../server/protocol/features';
import { probability } from '../../server/render/numbers';
import { fill, h } from '../widgets/dom';
import { featureName } from './feature-names';
import { inert } from '../widgets/inert';
import type { Page, Part } from '../page';
import type { PickerItem } from '../widgets/picker';
import { picker, rankOf } from '../widgets/picker';
import type { Panel } from '../state';
import { shown } from '../state';

export function positionsView(page: Page): Part {
  const list = picker({
    label: 'Position',
    placeholder: 'Find a token, or what is predicted there',
    onChoose: (id) => choosePosition(page, Number(id)),
  });
  const why = h('span', { class: 'dim' });
  const element = h(
    'section',
    { class: 'positions', 'aria-label': 'Position that is predicted', hidden: true },
    h('span', { class: 'field-label', 'aria-hidden': 'true' }, 'Predicted at'),
    list.element,
    why,
  );
  let before: Positions | undefined;
  return {
    element,
    update(panel: Panel) {
      const result = shown(panel);
      const positions = result?.positions;
      element.hidden = positions === undefined;
      if (result === null || positions === undefined || positions === before) return;
      before = positions;
      const chosen = positions.all[positions.chosen];
      list.set(itemsOf(positions, result.features), String(chosen?.feature ?? ''), '…');
      const said = positions.because === null ? '' : `chosen as ${inert(positions.because)}; `;
      fill(why, `${said}Alt and a click on a token chooses it`);
    },
  };
}

/** Explains what is predicted there. */
export function choosePosition(page: Page, feature: number): void {
  page.choose({ position: feature, target: { kind: 'predicted' } });
}

function itemsOf({ all }: Positions, features: Features): PickerItem[] {
  return all.map((one) => {
    const { name, detail } = featureName(features, one.feature);
    const label = inert(one.label);
    const title = `${one.feature + 1}  ${name}`;
    return {
      id: String(one.feature),
      label: `${title} → ${label}`,
      group: '',
      disabled: false,
      rank: (query) => rankOf(query, name, label, '', '', detail),
      content: () => [
        h(
          'div',
          { class: 'picker-head' },
          h('span', { class: 'picker-name' }, title),
          h('span', { class: 'picker-cost dim' }, `${label} ${probability(one.probability)}`),
        ),
      ],
    };
  });
}
