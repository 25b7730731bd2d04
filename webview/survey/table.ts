/** The list of samples: as many rows as there are, of which only those in sight are drawn. */
import type { SurveyRow, SurveySort } from '../../server/protocol/survey';
import { probability, significant } from '../../server/render/numbers';
import { data, fill, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import { isDescending, sortBy } from './filters';
import { counted } from './numbers';
import { rowPages } from './pages';
import type { RowsPart, SurveyPage } from './part';
import type { Survey } from './state';
import { cellsOf, listKey } from './state';
import { scrollTo, windowOf } from './virtual';

/** Below this width a row takes two lines. */
const narrow = 620;
const rowHeights = { wide: 26, narrow: 44 } as const;

const columns: readonly { readonly name: string; readonly class: string; readonly sort?: SurveySort }[] = [
  { name: 'sample', class: 'c-text', sort: 'position' },
  { name: 'gold', class: 'c-gold' },
  { name: 'predicted', class: 'c-predicted' },
  { name: 'p', class: 'c-number', sort: 'confidence' },
  { name: 'loss', class: 'c-number', sort: 'loss' },
  { name: 'surprise', class: 'c-number', sort: 'surprise' },
  { name: 'place', class: 'c-place' },
];

export function table(page: SurveyPage): RowsPart {
  const pages = rowPages((request, offset, limit) => page.post({ type: 'rows', request, offset, limit }));
  const count = h('p', { class: 'dim', role: 'status' });
  const head = h('div', { class: 'list-head', 'aria-hidden': 'false' });
  const drawn = h('div', { class: 'list-rows' });
  const spacer = h('div', { class: 'list-spacer' }, drawn);
  const list = h(
    'div',
    {
      class: 'list',
      role: 'listbox',
      tabindex: 0,
      'aria-label': 'Samples. Enter jumps to the row and explains it.',
      onkeydown: onKey,
      onscroll: () => draw(),
    },
    spacer,
  );
  const element = h('section', { class: 'mistakes-table', 'aria-label': 'Samples' }, count, head, list);
  let survey: Survey | null = null;
  let key = '';
  let active = 0;
  let pending = 0;
  const isNarrow = (): boolean => element.clientWidth < narrow;

  new ResizeObserver(() => schedule()).observe(list);
  list.addEventListener('click', (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('.list-row') : null;
    if (row === null) return;
    active = Number(row.dataset['index']);
    open(false);
    draw();
  });

  function open(focus: boolean): void {
    const row = pages.row(active);
    if (row !== undefined) page.post({ type: 'open', row, focus });
  }
  function onKey(event: KeyboardEvent): void {
    const seen = Math.max(1, Math.floor(list.clientHeight / rowHeight()) - 1);
    const last = pages.total() - 1;
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + seen,
      PageUp: active - seen,
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === 'Enter') {
      event.preventDefault();
      open(true);
    } else if (to !== undefined) {
      event.preventDefault();
      active = Math.max(0, Math.min(last, to));
      list.scrollTop = scrollTo(active, viewport());
      draw();
      const row = pages.row(active);
      if (row !== undefined) page.announce(spoken(row));
    }
  }
  const rowHeight = (): number => (isNarrow() ? rowHeights.narrow : rowHeights.wide);
  const viewport = (): Parameters<typeof windowOf>[0] => ({
    total: pages.total(),
    rowHeight: rowHeight(),
    height: list.clientHeight,
    scrollTop: list.scrollTop,
  });
  function schedule(): void {
    if (pending !== 0) return;
    pending = requestAnimationFrame(() => {
      pending = 0;
      draw();
    });
  }
  function draw(): void {
    if (!element.isConnected || list.clientHeight === 0) return;
    element.classList.toggle('narrow', isNarrow());
    const { listHeight, first, last, top } = windowOf(viewport());
    pages.want(first, Math.max(last, first + 1));
    spacer.style.setProperty('height', `${listHeight}px`);
    drawn.style.setProperty('transform', `translateY(${top}px)`);
    const rows: HTMLElement[] = [];
    for (let index = first; index < last; index++) rows.push(rowOf(pages.row(index), index));
    fill(drawn, ...rows);
    // Columns of head and rows stay in line beside a scroll bar of any width.
    head.style.setProperty('padding-right', `${8 + list.offsetWidth - list.clientWidth}px`);
    list.setAttribute('aria-activedescendant', `row-${active}`);
    list.dataset['vscodeContext'] = contextOf(pages.row(active));
  }
  function rowOf(row: SurveyRow | undefined, index: number): HTMLElement {
    const height = rowHeight();
    const props = {
      id: `row-${index}`,
      role: 'option',
      'data-index': index,
      'aria-setsize': pages.total(),
      'aria-posinset': index + 1,
      'aria-selected': String(index === active),
    };
    const opened = row !== undefined && row.position === survey?.opened;
    const classes = `list-row${index === active ? ' active' : ''}${opened ? ' opened' : ''}`;
    if (row === undefined) {
      const empty = h('div', { ...props, class: `${classes} pending` }, h('span', { class: 'c-text dim' }, '…'));
      empty.style.setProperty('height', `${height}px`);
      return empty;
    }
    const { text, title, gold, predicted, before } = cellsOf(row);
    const element = h(
      'div',
      {
        ...props,
        class: classes,
        'aria-label': spoken(row),
        'data-vscode-context': contextOf(row),
        title: inert(text).slice(0, 300),
      },
      h('span', { class: 'c-text' }, data(text)),
      h('span', { class: 'c-gold' }, data(gold)),
      h(
        'span',
        { class: row.wrong ? 'c-predicted wrong' : 'c-predicted' },
        data(predicted),
        before === '' || before === predicted ? null : h('span', { class: 'dim' }, ' (before ', data(before), ')'),
      ),
      h('span', { class: 'c-number' }, row.predicted === null ? '' : probability(row.predicted.probability)),
      h('span', { class: 'c-number' }, row.loss === null ? '' : significant(row.loss)),
      h('span', { class: 'c-number' }, row.surprise === null ? '' : significant(row.surprise)),
      h('span', { class: 'c-place dim' }, data(title)),
    );
    element.style.setProperty('height', `${height}px`);
    return element;
  }
  function drawHead(next: Survey): void {
    const descending = isDescending(next.view);
    fill(
      head,
      ...columns.map(({ name, class: className, sort }) => {
        if (sort === undefined) return h('span', { class: className }, name);
        const on = next.view.sort === sort;
        const arrow = on ? (descending ? ' ↓' : ' ↑') : '';
        return h(
          'button',
          {
            type: 'button',
            class: `${className} sort`,
            'aria-label': `Sort by ${name}${on ? (descending ? ', largest first' : ', smallest first') : ''}`,
            'aria-pressed': String(on),
            onclick: () => page.setView(sortBy(next.view, sort)),
          },
          `${name}${arrow}`,
        );
      }),
    );
  }
  function update(next: Survey): void {
    const opened = survey?.opened !== next.opened;
    survey = next;
    const now = `${listKey(next)} ${next.state?.phase === 'running' ? String(next.state.done) : ''}`;
    const other = JSON.stringify([next.state?.survey, next.view]);
    if (now !== key) {
      const same = other === list.dataset['order'];
      if (!same) {
        list.dataset['order'] = other;
        list.scrollTop = 0;
        active = 0;
      }
      key = now;
      pages.reset(same);
      drawHead(next);
    } else if (!opened) return;
    draw();
  }
  return {
    element,
    update,
    receive(message) {
      if (message.type === 'failed') pages.fail(message.request);
      else if (pages.take(message.request, message.offset, message.answer)) {
        const { total } = message.answer;
        fill(
          count,
          total === 0 ? 'No sample fits these conditions.' : `${counted(total)} ${total === 1 ? 'sample' : 'samples'}`,
        );
        active = Math.min(active, Math.max(0, total - 1));
        schedule();
      }
    },
  };
}

/** For the workbench's own context menu. */
function contextOf(row: SurveyRow | undefined): string {
  return row === undefined
    ? '{}'
    : JSON.stringify({
        webviewSection: 'sample',
        position: row.position,
        changed: row.before !== null,
        preventDefaultContextMenuItems: true,
      });
}

function spoken(row: SurveyRow): string {
  const { text, title, gold, predicted } = cellsOf(row);
  const p = row.predicted === null ? '' : ` ${probability(row.predicted.probability)}`;
  return [
    inert(text).slice(0, 200),
    predicted === '' ? 'no prediction' : `predicted ${inert(predicted)}${p}`,
    ...(gold === '' ? [] : [`gold ${inert(gold)}`]),
    inert(title),
  ].join(', ');
}
