/** Says how much of a long text was read, and moves between its windows. Nothing is cut silently. */
import type { TokenFeatures } from '../../server/protocol/features';
import { windowNote } from '../../server/protocol/features';
import type { Page } from '../page';
import { button, setEnabled } from '../widgets/controls';
import { fill, h } from '../widgets/dom';

export interface WindowBar {
  readonly element: HTMLElement;
  update(features: TokenFeatures, chosen: number): void;
}

export function windowBar(page: Page): WindowBar {
  let index = 0;
  const back = button({
    label: 'Previous window',
    appearance: 'icon',
    icon: 'left',
    onClick: () => page.choose({ window: index - 1 }),
  });
  const next = button({
    label: 'Next window',
    appearance: 'icon',
    icon: 'right',
    onClick: () => page.choose({ window: index + 1 }),
  });
  const text = h('span', {});
  const element = h('div', { class: 'window-bar', hidden: true }, text, back, next);
  return {
    element,
    update(features, chosen) {
      index = chosen;
      const { count } = features.window;
      const note = windowNote(features);
      element.hidden = note === null;
      fill(text, note === null ? '' : `${note}.`);
      back.hidden = next.hidden = count <= 1;
      setEnabled(back, index > 0);
      setEnabled(next, index < count - 1);
    },
  };
}
