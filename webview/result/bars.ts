/** A list with a signed bar in each row: table columns, sorted tokens, elements of tensors. */
import type { Theme } from '../../server/render/colour';
import { diverging, hex, scaleLimit } from '../../server/render/colour';
import { aligned } from './aligned';
import type { Meaning } from './words';
import { shareText, spoken } from './words';
import type { BarRow } from './bar-row';
import type { Page } from '../page';
import { data, fill, h } from '../widgets/dom';
import { button } from '../widgets/controls';
import { roving } from '../widgets/roving';

export interface BarScene {
  readonly rows: readonly BarRow[];
  /** Σ|R| that shares refer to. */
  readonly total: number;
  readonly meaning: Meaning | null;
  readonly theme: Theme;
  /** Rows drawn before a person asks for the rest; 200 when left out. */
  readonly first?: number;
}

export interface BarList {
  readonly element: HTMLElement;
  draw(scene: BarScene): void;
  caret(feature: number | null): void;
}

/** Rows drawn at first: the rest is one click away. */
const firstRows = 200;

/** @param onEnter Instead of going to the place in the file; `label` then says what Enter does. */
export function barList(
  page: Page,
  label: string,
  leave: () => void,
  onEnter?: (row: BarRow, event: MouseEvent | KeyboardEvent) => void,
): BarList {
  const rows = h('div', {
    class: 'bars',
    role: 'listbox',
    'aria-label': onEnter === undefined ? `${label}. Enter goes to the place in the file.` : label,
  });
  const more = h('div', { class: 'more' });
  const element = h('div', {}, rows, more);
  let items: HTMLElement[] = [];
  let scene: BarScene | null = null;
  let marked: HTMLElement | null = null;
  let under: number | null = null;

  const focus = roving({
    container: rows,
    items: () => items,
    layout: 'list',
    onEnter: (index, event) => activate(index, event),
    onEscape: leave,
  });
  rows.addEventListener('click', (event) => {
    const item = event.target instanceof Element ? event.target.closest<HTMLElement>('[role=option]') : null;
    if (item !== null) activate(Number(item.dataset['index']), event);
  });

  function activate(index: number, event: MouseEvent | KeyboardEvent): void {
    const row = scene?.rows[index];
    if (onEnter !== undefined && row !== undefined) {
      onEnter(row, event);
      return;
    }
    const source = row?.source;
    if (source !== null && source !== undefined) page.reveal(source);
  }
  function draw(next: BarScene, count = next.first ?? firstRows): void {
    scene = next;
    marked = null;
    const limit = scaleLimit(next.rows.map((row) => row.relevance ?? 0));
    items = next.rows.slice(0, count).map((row, index) => rowOf(row, index, limit, next, onEnter === undefined));
    fill(rows, ...items);
    const rest = next.rows.length - items.length;
    fill(more, rest > 0 ? button({ label: `Show ${rest} more`, onClick: () => draw(next, Infinity) }) : null);
    focus.reset();
    const feature = under;
    under = null;
    caret(feature);
  }
  function caret(feature: number | null): void {
    if (feature === under) return;
    under = feature;
    const index = feature === null ? -1 : (scene?.rows.findIndex((row) => row.features.includes(feature)) ?? -1);
    marked?.classList.remove('caret');
    marked?.setAttribute('aria-selected', 'false');
    marked = items[index] ?? null;
    marked?.classList.add('caret');
    marked?.setAttribute('aria-selected', 'true');
    if (element.isConnected) marked?.scrollIntoView({ block: 'nearest' });
  }
  return { element, draw: (next) => draw(next), caret };
}

function rowOf(row: BarRow, index: number, limit: number, scene: BarScene, leadsToFile: boolean): HTMLElement {
  const value = row.relevance;
  const name = row.detail === '' ? row.name : `${row.name}, ${row.detail}`;
  const bar = h('span', { class: 'bar-fill' });
  if (value !== null && limit > 0) {
    const share = Math.abs(value) / limit;
    bar.classList.add(value >= 0 ? 'for' : 'against');
    bar.style.setProperty('width', `${(share * 50).toFixed(2)}%`);
    bar.style.setProperty('background-color', hex(diverging(Math.sign(value), 1, scene.theme)));
  }
  return h(
    'div',
    {
      class: row.dim ? 'bar-row dim' : 'bar-row',
      role: 'option',
      tabindex: -1,
      'data-index': index,
      'data-plain': leadsToFile && row.source === null,
      'aria-selected': 'false',
      'aria-label': spoken(name, value, scene.meaning),
    },
    data(row.name, { class: 'bar-name' }),
    data(row.detail, { class: 'bar-detail' }),
    h('span', { class: 'bar-track' }, bar),
    h('span', { class: 'bar-value' }, value === null ? '' : aligned(value, limit)),
    h('span', { class: 'bar-share dim' }, value === null ? '' : shareText(value, scene.total)),
  );
}
