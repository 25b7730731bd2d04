/** The colour scale with its meaning in words. */
import type { Target } from '../../server/protocol/explanation';
import type { Theme } from '../../server/render/colour';
import { diverging, hex } from '../../server/render/colour';
import { significant } from '../../server/render/numbers';
import { fill, h } from '../widgets/dom';
import { meaningOf } from './words';

export interface Legend {
  readonly element: HTMLElement;
  /** `note` says where the scale ends, when that is not the largest value. */
  update(target: Target | null, limit: number, theme: Theme, note: string): void;
}

export function legendBar(): Legend {
  const scale = h('span', { class: 'legend-scale', 'aria-hidden': 'true' });
  const low = h('span', { class: 'number' });
  const high = h('span', { class: 'number' });
  const words = h('span', { class: 'legend-words' });
  const element = h(
    'div',
    { class: 'legend', hidden: true },
    h('span', { class: 'legend-bar' }, low, scale, high),
    words,
  );
  return {
    element,
    update(target, limit, theme, note) {
      element.hidden = target === null;
      if (target === null) return;
      const stops = [-1, -0.5, 0, 0.5, 1].map((at) => hex(diverging(at, 1, theme)));
      scale.style.setProperty('background-image', `linear-gradient(to right, ${stops.join(', ')})`);
      fill(low, significant(-limit, 2));
      fill(high, `+${significant(limit, 2)}`);
      const { positive, negative } = meaningOf(target);
      fill(words, `red: ${positive}; blue: ${negative}${note === '' ? '' : `. ${note}`}`);
    },
  };
}
