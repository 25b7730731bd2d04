/** The table view: one signed bar per column. */
import type { Page, Part } from '../page';
import type { Panel } from '../state';
import { shown } from '../state';
import { barList } from '../result/bars';
import { h } from '../widgets/dom';
import { legendBar } from '../result/legend';
import { segmented } from '../widgets/segmented';
import { meaningOf, totalMagnitude } from '../result/words';
import { scaleLimit } from '../../server/render/colour';
import { columnRows } from './rows';

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
  const element = h(
    'section',
    { class: 'view table-view', 'aria-label': 'Columns' },
    h('div', { class: 'toolbar' }, order.element),
    list.element,
    legend.element,
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
      list.draw({
        rows: columnRows(features, relevance, tableOrder),
        total: relevance === null ? 0 : totalMagnitude(relevance),
        meaning: explanation === null ? null : meaningOf(explanation.target),
        theme,
      });
      legend.update(explanation?.target ?? null, scaleLimit(relevance ?? []), theme, '');
    }
    list.caret(panel.caret);
  }
  return { element, update };
}
