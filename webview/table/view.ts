/** The table view: one signed bar per column, and below them the words of those that are text. */
import type { Page, Part } from '../page';
import type { Panel } from '../state';
import { shown } from '../state';
import { barList } from '../result/bars';
import { h } from '../widgets/dom';
import { legendBar } from '../result/legend';
import { segmented } from '../widgets/segmented';
import { meaningOf, totalMagnitude } from '../result/words';
import { scaleLimit } from '../../server/render/colour';
import { signed, significant } from '../../server/render/numbers';
import { hoverCard } from '../widgets/hover';
import { columnRows } from './rows';
import { columnTexts, textsPart } from './texts';

export function tableView(page: Page): Part {
  const order = segmented(
    'Order',
    [
      { value: 'relevance', label: 'By relevance', title: 'Strongest first' },
      { value: 'file', label: 'As in the file' },
    ] as const,
    (value) => page.setView({ tableOrder: value }),
  );
  const legend = legendBar();
  const leave = (): void => order.element.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  const list = barList(page, 'Columns', leave);
  const hover = hoverCard();
  const texts = textsPart(page, hover, leave);
  const element = h(
    'section',
    { class: 'view table-view', 'aria-label': 'Columns' },
    h('div', { class: 'toolbar' }, order.element),
    list.element,
    texts.element,
    legend.element,
    hover.element,
  );
  let key: readonly unknown[] = [];

  function update(panel: Panel): void {
    const result = shown(panel);
    if (result?.features.kind !== 'columns') return;
    const { features, explanation } = result;
    const { tableOrder } = page.view();
    const theme = page.theme();
    const next = [features, explanation, tableOrder, theme];
    if (next.some((item, index) => item !== key[index])) {
      key = next;
      order.set(tableOrder);
      const relevance = explanation?.relevance ?? null;
      const rows = columnRows(features, relevance, tableOrder);
      const scene = {
        total: relevance === null ? 0 : totalMagnitude(relevance),
        meaning: explanation === null ? null : meaningOf(explanation.target),
        theme,
      };
      list.draw({ ...scene, rows });
      const written = columnTexts({ ...scene, features, relevance });
      texts.draw(written);
      const limit = written[0]?.scene.limit ?? 0;
      // Words are weaker than columns: a scale of their own.
      const note = limit > 0 ? `words: ${significant(-limit, 2)} … ${signed(limit, 2)}` : '';
      legend.update(explanation?.target ?? null, scaleLimit(rows.map((row) => row.relevance ?? 0)), theme, note);
    }
    list.caret(panel.caret);
    texts.caret(panel.caret);
  }
  return { element, update };
}
