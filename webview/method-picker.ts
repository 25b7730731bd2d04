/** The method picker: each method with what it means, where it misleads, what it costs, or why it does not fit. */
import type { MethodChoice } from '../server/protocol/catalogue';
import { fill, h } from './dom';
import { icon } from './icons';

export interface MethodPicker {
  readonly element: HTMLElement;
  set(methods: readonly MethodChoice[], chosen: string | null): void;
}

let made = 0;

/** A listbox that opens below its button: arrow keys, Home, End and letters move, Enter chooses, Escape closes. */
export function methodPicker(onChoose: (id: string) => void): MethodPicker {
  const id = `methods-${(made += 1)}`;
  const name = h('span', { class: 'picker-value' });
  const opener = h(
    'button',
    {
      type: 'button',
      class: 'picker',
      'aria-haspopup': 'listbox',
      'aria-expanded': 'false',
      'aria-controls': id,
      onclick: () => toggle(!open),
      onkeydown: onOpenerKey,
    },
    name,
    icon('down'),
  );
  const list = h('div', {
    id,
    class: 'picker-list',
    role: 'listbox',
    'aria-label': 'Method',
    tabindex: -1,
    hidden: true,
    onkeydown: onKey,
    onclick: onClick,
  });
  const element = h('div', { class: 'picker-anchor' }, opener, list);
  let methods: readonly MethodChoice[] = [];
  let chosen: string | null = null;
  let open = false;
  let active = 0;
  let typed = '';
  let typedAt = 0;

  element.addEventListener('focusout', (event) => {
    if (!(event.relatedTarget instanceof Node && element.contains(event.relatedTarget))) toggle(false);
  });
  document.addEventListener('pointerdown', (event) => {
    if (event.target instanceof Node && !element.contains(event.target)) toggle(false);
  });

  function toggle(next: boolean): void {
    if (next === open) return;
    open = next;
    list.hidden = !next;
    opener.setAttribute('aria-expanded', String(next));
    if (!next) return;
    move(
      Math.max(
        0,
        methods.findIndex((item) => item.info.id === chosen),
      ),
    );
    list.focus();
  }
  function move(to: number): void {
    active = Math.max(0, Math.min(methods.length - 1, to));
    [...list.children].forEach((item, index) => item.classList.toggle('active', index === active));
    const item = list.children[active];
    list.setAttribute('aria-activedescendant', item?.id ?? '');
    item?.scrollIntoView({ block: 'nearest' });
  }
  function choose(index: number): void {
    const method = methods[index];
    if (method?.unfit !== null) return;
    toggle(false);
    opener.focus();
    if (method.info.id !== chosen) onChoose(method.info.id);
  }
  function onClick(event: MouseEvent): void {
    const item = event.target instanceof Element ? event.target.closest('[role=option]') : null;
    if (item !== null) choose([...list.children].indexOf(item));
  }
  function onOpenerKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    toggle(true);
  }
  function onKey(event: KeyboardEvent): void {
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: methods.length - 1 }[event.key];
    if (to !== undefined) move(to);
    else if (event.key === 'Enter' || event.key === ' ') choose(active);
    else if (event.key === 'Escape') {
      toggle(false);
      opener.focus();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) type(event.key, event.timeStamp);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  function type(letter: string, at: number): void {
    typed = at - typedAt < 700 ? typed + letter.toLowerCase() : letter.toLowerCase();
    typedAt = at;
    const found = methods.findIndex((item) => item.info.name.toLowerCase().startsWith(typed));
    if (found >= 0) move(found);
  }
  function set(next: readonly MethodChoice[], now: string | null): void {
    const current = next.find((item) => item.info.id === now);
    fill(name, current?.info.name ?? now ?? '…');
    opener.setAttribute('aria-label', `Method: ${current?.info.name ?? now ?? 'not known yet'}`);
    opener.toggleAttribute('disabled', next.length === 0);
    if (next === methods && now === chosen) return;
    methods = next;
    chosen = now;
    fill(list, ...next.map((item, index) => entry(item, item.info.id === now, `${id}-${index}`)));
    if (open) move(active);
  }
  return { element, set };
}

function entry({ info, unfit }: MethodChoice, selected: boolean, id: string): HTMLElement {
  return h(
    'div',
    {
      id,
      class: 'picker-option',
      role: 'option',
      'aria-selected': String(selected),
      'aria-disabled': unfit === null ? null : 'true',
    },
    h(
      'div',
      { class: 'picker-head' },
      h('span', { class: 'picker-name' }, info.name),
      h('span', { class: 'dim' }, info.cost),
    ),
    h('div', {}, info.means),
    unfit === null
      ? h('div', { class: 'dim' }, `Misleads: ${info.misleads}`)
      : h('div', { class: 'picker-unfit' }, icon('info'), `Not here: ${unfit}`),
  );
}
