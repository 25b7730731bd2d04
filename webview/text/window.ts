/** Says how much of a long text was read, and moves between its windows. Nothing is cut silently. */
import type { TokenFeatures } from '../../server/protocol/features';
import type { Page } from '../page';
import { button, setEnabled } from '../controls';
import { fill, h } from '../dom';

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
      element.hidden = features.truncated === 0 && count <= 1;
      const read = features.tokens.length;
      const place = count > 1 ? `Window ${index + 1} of ${count}: ` : '';
      const rest = features.truncated > 0 ? `, ${features.truncated} tokens of the text lie outside it` : '';
      fill(text, `${place}the model read ${read} tokens${rest}.`);
      back.hidden = next.hidden = count <= 1;
      setEnabled(back, index > 0);
      setEnabled(next, index < count - 1);
    },
  };
}
