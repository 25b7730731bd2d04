/** A bar per node, from the logits to the input: what arrived, what went on, what stayed and why. */
import type { NodeBalance } from '../../server/protocol/explanation';
import { significant } from '../../server/render/numbers';
import { data, fill, h } from '../widgets/dom';
import { button } from '../widgets/controls';
import { inert } from '../widgets/inert';
import { numbersTable } from '../widgets/plot';
import { roving } from '../widgets/roving';
import type { Scale } from './rows';
import { absorbedWords, balanceWords, barOf, positivePart, scaleOf } from './rows';

/** Rows drawn at first. */
const firstRows = 120;

export interface ConservationChart {
  readonly element: HTMLElement;
  /** `all` fixes the scale: it stays the same when only some nodes are shown. */
  draw(shown: readonly NodeBalance[], all: readonly NodeBalance[]): void;
}

export function conservationChart(): ConservationChart {
  const rows = h('div', {
    class: 'balances',
    role: 'listbox',
    'aria-label': 'Nodes from the logits to the input, with what arrived, went on and stayed',
  });
  const readout = h('p', { class: 'balance-readout', 'aria-hidden': 'true' });
  const more = h('div', { class: 'more' });
  const table = h('details', { class: 'disclosure' }, h('summary', {}, 'As a table'));
  const element = h('div', {}, rows, more, readout, table);
  let items: HTMLElement[] = [];
  let shown: readonly NodeBalance[] = [];

  const focus = roving({
    container: rows,
    items: () => items,
    layout: 'list',
    onEnter: (index) => read(index),
    onFocus: (index) => read(index),
  });
  rows.addEventListener('pointerover', (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('.balance') : null;
    if (row !== null) read(items.indexOf(row));
  });

  function read(index: number): void {
    const balance = shown[index];
    if (balance !== undefined) fill(readout, data(balance.node), ` — ${balanceWords(balance)}`);
  }
  function draw(next: readonly NodeBalance[], all: readonly NodeBalance[], count = firstRows): void {
    shown = next;
    const scale = scaleOf(all);
    items = next.slice(0, count).map((balance) => rowOf(balance, scale));
    fill(rows, ...items);
    fill(readout, 'Point at a node, or use the arrow keys.');
    const rest = next.length - items.length;
    fill(more, rest > 0 ? button({ label: `Show ${rest} more`, onClick: () => draw(next, all, Infinity) }) : null);
    fill(table, h('summary', {}, 'As a table'), numbers(next));
    focus.reset();
  }
  return { element, draw: (next, all) => draw(next, all) };
}

function rowOf(balance: NodeBalance, scale: Scale): HTMLElement {
  const stayed = absorbedWords(balance);
  return h(
    'div',
    {
      class: stayed === '' ? 'balance' : 'balance leak',
      role: 'option',
      tabindex: -1,
      'aria-selected': 'false',
      'aria-label': `${inert(balance.node)}, ${balanceWords(balance)}`,
    },
    h('span', { class: 'balance-op dim' }, balance.op),
    data(balance.node, { class: 'balance-node' }),
    h(
      'span',
      { class: 'balance-track' },
      bar('arrived', balance.arrived, scale),
      bar('passed', positivePart(balance), scale),
      balance.negative < 0 ? bar('negative', balance.negative, scale) : null,
    ),
    h('span', { class: 'balance-value number' }, significant(balance.passedOn)),
    h('span', { class: 'balance-stayed dim' }, stayed),
  );
}

function bar(kind: string, value: number, scale: Scale): HTMLElement {
  const element = h('span', { class: `balance-bar ${kind}` });
  const { left, width } = barOf(value, scale);
  element.style.setProperty('left', `${left.toFixed(2)}%`);
  element.style.setProperty('width', `${width.toFixed(2)}%`);
  return element;
}

function numbers(balances: readonly NodeBalance[]): HTMLElement {
  const head = ['node', 'operator', 'rule', 'arrived', 'went on', 'of it negative', 'stayed'];
  return numbersTable(
    head,
    balances.map((balance) => [
      h('th', { scope: 'row' }, data(balance.node)),
      balance.op,
      balance.rule,
      significant(balance.arrived),
      significant(balance.passedOn),
      significant(balance.negative),
      absorbedWords(balance),
    ]),
  );
}
