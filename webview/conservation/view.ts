/** “Conservation”: asks for the explanation's books when it is opened, and draws them. */
import type { NodeBalance } from '../../server/protocol/explanation';
import { asideState } from '../aside';
import { disclosure } from '../widgets/disclosure';
import { fill, h } from '../widgets/dom';
import { effective } from '../choices/effective';
import type { Page, Part } from '../page';
import { segmented } from '../widgets/segmented';
import type { Panel } from '../state';
import { conservationChart } from './chart';
import { leaks, summary } from './rows';

export function conservationView(page: Page): Part {
  const section = disclosure('Conservation: what each node hands on', (open) => {
    page.setView({ conservationOpen: open });
  });
  const which = segmented(
    'Nodes',
    [
      { value: 'all', label: 'All nodes' },
      { value: 'leaks', label: 'Where something stays' },
    ] as const,
    (value) => page.setView({ conservationNodes: value }),
  );
  const said = h('p', {});
  const chart = conservationChart();
  const body = h(
    'div',
    {},
    said,
    h(
      'div',
      { class: 'toolbar' },
      which.element,
      h(
        'div',
        { class: 'keys' },
        key('arrived', 'arrived'),
        key('passed', 'went on'),
        key('negative', 'negative part of it'),
      ),
    ),
    chart.element,
  );
  const state = asideState(page, 'conservation', 'Computing the books of every node…');
  section.fill(state.element, body);
  let drawn: readonly unknown[] = [];

  function update(panel: Panel): void {
    const { explanation } = panel;
    const books = booksOf(panel);
    const keeps = effective(panel).method?.family === 'propagation' || books !== null;
    section.element.hidden = explanation === null || !keeps;
    const view = page.view();
    section.open(view.conservationOpen);
    if (section.element.hidden || !view.conservationOpen) return;
    if (panel.phase === 'done' && books === null) state.ask(panel);
    state.update(books === null ? panel.conservation : null);
    body.hidden = books === null;
    if (books === null) return;
    const next = [books, view.conservationNodes];
    if (next.every((item, index) => item === drawn[index])) return;
    drawn = next;
    which.set(view.conservationNodes);
    fill(said, books.length === 0 ? 'This method keeps no books.' : summary(books));
    chart.draw(view.conservationNodes === 'all' ? books : leaks(books), books);
  }
  return { element: section.element, update };
}

/** Of the explanation itself, or of its repetition that was asked for. */
function booksOf({ explanation, conservation }: Panel): readonly NodeBalance[] | null {
  if (explanation?.conservation !== undefined) return explanation.conservation;
  return conservation?.phase === 'done' ? (conservation.result.conservation ?? []) : null;
}

function key(kind: string, text: string): HTMLElement {
  return h('span', { class: 'key' }, h('span', { class: `balance-key ${kind}`, 'aria-hidden': 'true' }), text);
}
