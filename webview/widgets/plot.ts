/** What every figure has: a drawing with margins, its legend, and the same numbers as a table. */
import type { Child } from './dom';
import { h, s } from './dom';

export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly margin: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
}

/** @param label What a screen reader says instead of the drawing. */
export function drawing({ width, height, margin }: Plot, kind: string, label: string, parts: readonly Node[]): Element {
  return s(
    'svg',
    {
      class: kind,
      viewBox: `0 0 ${width + margin.left + margin.right} ${height + margin.top + margin.bottom}`,
      role: 'img',
      'aria-label': label,
    },
    s('g', { transform: `translate(${margin.left}, ${margin.top})` }, ...parts),
  );
}

export function plotText(x: number, y: number, anchor: 'start' | 'middle' | 'end', value: string): Element {
  return s('text', { x, y, 'text-anchor': anchor }, value);
}

/** A line of the legend: how it is drawn, what it means. */
export function legendKey(kind: string, text: string): HTMLElement {
  const sample = s(
    'svg',
    { class: 'key-line', viewBox: '0 0 24 6', 'aria-hidden': 'true' },
    s('polyline', { class: `line ${kind}`, points: '0,3 24,3' }),
  );
  return h('span', { class: 'key' }, sample, text);
}

/** Rows of texts below their heads; an element is a cell of its own (`th` or `td`). */
export function numbersTable(
  head: readonly string[],
  rows: readonly (readonly Child[])[],
  kind = 'numbers',
): HTMLElement {
  const cell = (value: Child): Child => (value instanceof HTMLTableCellElement ? value : h('td', {}, value));
  return h(
    'div',
    { class: 'wide-table' },
    h(
      'table',
      { class: kind },
      h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map(cell)))),
    ),
  );
}

/** The numbers of a figure, folded away below it. */
export function asTable(table: HTMLElement): HTMLDetailsElement {
  return h('details', { class: 'disclosure' }, h('summary', {}, 'As a table'), table);
}
