/** The token strip: the sample's own text with every word or token on its signed colour. */
import type { Rgb } from '../../server/render/colour';
import type { Page } from '../page';
import type { Hover } from '../widgets/hover';
import type { Cell } from './cells';
import { directionOf } from './cells';
import type { TextPart, TextScene } from './scene';
import { data, dataNodes, fill, h } from '../widgets/dom';
import { paint, textColour } from '../widgets/paint';
import { choosePosition } from '../result/positions';
import { roving } from '../widgets/roving';
import { direction, shareText, spoken } from '../result/words';
import { percent, signed } from '../../server/render/numbers';
import { inert } from '../widgets/inert';

/** Text outside the window is context only: this much of it is shown. */
const contextLength = 240;

export function tokenStrip(page: Page, hover: Hover, leave: () => void): TextPart {
  const element = h('div', {
    class: 'strip',
    role: 'listbox',
    'aria-label': 'Tokens in reading order. Enter goes to the characters in the file.',
    'aria-orientation': 'horizontal',
  });
  let items: HTMLElement[] = [];
  let scene: TextScene | null = null;
  let marked: HTMLElement | null = null;

  const focus = roving({
    container: element,
    items: () => items,
    layout: 'line',
    onEnter: (index) => activate(index),
    onEscape: () => {
      hover.hide();
      leave();
    },
    onFocus: (index) => show(index),
  });
  element.addEventListener('focusout', () => hover.hide());
  element.addEventListener('pointerover', (event) => {
    const index = indexOf(event.target);
    if (index >= 0) show(index);
  });
  element.addEventListener('pointerleave', () => hover.hide());
  element.addEventListener('click', (event) => {
    const index = indexOf(event.target);
    if (index < 0) return;
    const feature = scene?.cells[index]?.features[0];
    if (event.altKey && scene?.position !== null && feature !== undefined) choosePosition(page, feature);
    else activate(index);
  });

  function indexOf(target: EventTarget | null): number {
    const item = target instanceof Element ? target.closest<HTMLElement>('[role=option]') : null;
    return item === null ? -1 : Number(item.dataset['index']);
  }
  function activate(index: number): void {
    const cell = scene?.cells[index];
    if (cell === undefined) return;
    if (cell.source !== null) page.reveal(cell.source);
    else page.announce(`${inert(cell.text)} has no characters of its own in the file.`);
  }
  function show(index: number): void {
    const [cell, item] = [scene?.cells[index], items[index]];
    if (scene === null || cell === undefined || item === undefined) return;
    hover.show(item, ...cardOf(cell, scene));
  }
  function draw(next: TextScene): void {
    scene = next;
    marked = null;
    const text = textColour(next.theme);
    items = next.cells.map((cell, index) => itemOf(cell, index, next, text));
    const first = next.cells.findIndex((cell) => !cell.special);
    const nodes = next.cells.flatMap((cell, index) => {
      const before = index === first ? context(cell.before, 'end') : gap(cell.before);
      return [...before, ...(items[index] === undefined ? [] : [items[index]]), ...(cell.special ? gap(' ') : [])];
    });
    element.dir = directionOf(next.features.text);
    fill(element, ...nodes, ...context(next.after, 'start'));
    focus.reset();
  }
  function caret(feature: number | null): void {
    const index = feature === null ? -1 : (scene?.cells.findIndex((cell) => cell.features.includes(feature)) ?? -1);
    const item = items[index] ?? null;
    if (item === marked) return;
    marked?.classList.remove('caret');
    marked?.setAttribute('aria-selected', 'false');
    marked = item;
    item?.classList.add('caret');
    item?.setAttribute('aria-selected', 'true');
    if (element.isConnected) item?.scrollIntoView({ block: 'nearest' });
  }
  return { element, draw, caret };
}

function itemOf(cell: Cell, index: number, scene: TextScene, text: Rgb): HTMLElement {
  const count = cell.special && cell.features.length > 1 ? ` ×${cell.features.length}` : '';
  const share =
    cell.special && cell.relevance !== null && scene.total > 0 ? shareText(cell.relevance, scene.total) : '';
  const atPosition = scene.position !== null && cell.features.includes(scene.position);
  const item = h('span', {
    class: `token${cell.special ? ' special' : ''}${atPosition ? ' at-position' : ''}`,
    role: 'option',
    tabindex: -1,
    'data-index': index,
    'aria-selected': 'false',
    'aria-label':
      spoken(inert(cell.text) + count, cell.relevance, scene.meaning) +
      (share === '' ? '' : `, ${share}`) +
      (atPosition ? ', predicted here' : ''),
  });
  if (cell.special) {
    item.append(data(cell.text), `${count}${share === '' ? '' : ` ${share}`}`);
  } else {
    item.append(...dataNodes(cell.text, { keepLayout: false }));
    paint(item, cell.relevance, scene.limit, scene.theme, text);
  }
  return item;
}

/** White space and characters between cells: plain text nodes, of which a long text has many. */
function gap(text: string): Node[] {
  return text === '' ? [] : dataNodes(text, { keepLayout: true });
}

/** Text that this window did not read, dimmed and cut. */
function context(text: string, side: 'start' | 'end'): Node[] {
  if (text.trim() === '') return gap(text);
  const cut = text.length > contextLength;
  const part = side === 'end' ? text.slice(-contextLength) : text.slice(0, contextLength);
  const shownText = side === 'end' ? `${cut ? '… ' : ''}${part}` : `${part}${cut ? ' …' : ''}`;
  return [
    h(
      'span',
      { class: 'unread', role: 'presentation', title: 'Not read by the model in this window' },
      ...dataNodes(shownText, { keepLayout: true }),
    ),
  ];
}

function cardOf(cell: Cell, scene: TextScene): Node[] {
  const { relevance, meaning } = { relevance: cell.relevance, meaning: scene.meaning };
  const head = h('div', { class: 'hover-head' }, data(cell.text, { class: 'hover-name' }));
  if (relevance !== null) head.append(h('span', { class: 'hover-value' }, signed(relevance)));
  const lines: Node[] = [head];
  if (relevance !== null && meaning !== null)
    lines.push(
      h(
        'div',
        { class: 'dim' },
        direction(relevance, meaning),
        scene.total > 0 ? ` · ${percent(Math.abs(relevance) / scene.total)} of Σ|R|` : '',
      ),
    );
  if (cell.features.length > 1 && !cell.special)
    lines.push(h('div', { class: 'hover-parts' }, ...partsOf(cell, scene)));
  else if (!cell.special)
    lines.push(h('div', { class: 'dim' }, 'token ', data(scene.features.tokens[cell.features[0] ?? 0]?.token ?? '')));
  if (cell.source !== null)
    lines.push(h('div', { class: 'dim' }, `line ${cell.source.line}, column ${cell.source.range.start.character + 1}`));
  return lines;
}

function partsOf(cell: Cell, scene: TextScene): Node[] {
  return cell.features.flatMap((index) => {
    const token = scene.features.tokens[index];
    const value = scene.relevance?.[index];
    return token === undefined
      ? []
      : [h('span', {}, data(token.token)), h('span', { class: 'number' }, value === undefined ? '' : signed(value))];
  });
}
