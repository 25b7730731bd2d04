/** Donors: the nearest samples with the gold label, each with the way to its row. */
import type { BlameResponse } from '../../server/protocol/blame';
import { significant } from '../../server/render/numbers';
import { data, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import type { Page } from '../page';

/** Null where none were used. */
export function donorList({ donors, gold }: BlameResponse, page: Page): HTMLElement | null {
  if (donors.length === 0) return null;
  return h(
    'p',
    { class: 'donors' },
    `Nearest ${donors.length === 1 ? 'sample' : 'samples'} with the label ${inert(gold.label)}: `,
    ...donors.flatMap(({ sample, distance }, index) => [
      index === 0 ? '' : ', ',
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          title: 'Go to this sample',
          onclick: () => page.post({ type: 'openSample', sample }),
        },
        data(sample.title),
      ),
      h('span', { class: 'dim' }, ` (distance ${significant(distance, 2)})`),
    ]),
    '.',
  );
}
