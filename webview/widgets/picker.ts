/**
 * A list to choose one from, in groups, narrowed by typing: what the toolkit's dropdown is too small for. A button
 * opens it; the search field keeps the focus and arrow keys move in the list (the combobox pattern of WAI-ARIA).
 */
import { fill, h } from './dom';
import { icon } from './icons';

export interface PickerItem {
  readonly id: string;
  /** What the button shows for it. */
  readonly label: string;
  /** Heading it stands under; '' for none. Items of a group follow each other. */
  readonly group: string;
  readonly disabled: boolean;
  /** How well a query (lower case, trimmed) fits: 0 not at all. The best one becomes the active one. */
  readonly rank: (query: string) => number;
  readonly content: () => readonly Node[];
}

export interface Picker {
  readonly element: HTMLElement;
  /** `unknown` is shown on the button while no item has the chosen id. */
  set(items: readonly PickerItem[], chosen: string | null, unknown: string): void;
}

export interface PickerOptions {
  /** Names the list for screen readers: `Method`. */
  readonly label: string;
  readonly placeholder: string;
  readonly onChoose: (id: string) => void;
}

let made = 0;

/** Up, Down, Home, End and Page keys move; typing narrows; Enter chooses; Escape closes. */
export function picker({ label, placeholder, onChoose }: PickerOptions): Picker {
  const id = `picker-${(made += 1)}`;
  const name = h('span', { class: 'picker-value' });
  const opener = h(
    'button',
    {
      type: 'button',
      class: 'picker',
      'aria-haspopup': 'listbox',
      'aria-expanded': 'false',
      onclick: () => toggle(!open),
      onkeydown: onOpenerKey,
    },
    name,
    icon('down'),
  );
  const search = h('input', {
    type: 'text',
    class: 'picker-search',
    role: 'combobox',
    placeholder,
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': `${label}: type to narrow the list`,
    'aria-controls': id,
    'aria-expanded': 'true',
    'aria-autocomplete': 'list',
    onkeydown: onKey,
    oninput: () => narrow(),
  });
  const list = h('div', { id, class: 'picker-items', role: 'listbox', 'aria-label': label, onclick: onClick });
  const popup = h('div', { class: 'picker-list', hidden: true }, search, list);
  const element = h('div', { class: 'picker-anchor' }, opener, popup);
  let items: readonly PickerItem[] = [];
  let chosen: string | null = null;
  let open = false;
  /** What the query leaves, with the elements that stand for them. */
  let shown: { readonly item: PickerItem; readonly element: HTMLElement }[] = [];
  let active = 0;

  element.addEventListener('focusout', (event) => {
    if (!(event.relatedTarget instanceof Node && element.contains(event.relatedTarget))) toggle(false);
  });
  document.addEventListener('pointerdown', (event) => {
    if (event.target instanceof Node && !element.contains(event.target)) toggle(false);
  });
  // The focus stays in the search field while the mouse chooses.
  list.addEventListener('mousedown', (event) => event.preventDefault());

  function toggle(next: boolean): void {
    if (next === open) return;
    open = next;
    popup.hidden = !next;
    opener.setAttribute('aria-expanded', String(next));
    if (!next) return;
    search.value = '';
    draw();
    move(shown.findIndex(({ item }) => item.id === chosen));
    search.focus();
  }
  function narrow(): void {
    draw();
    const query = search.value.trim().toLowerCase();
    const ranks = shown.map(({ item }) => item.rank(query));
    move(query === '' ? 0 : ranks.indexOf(Math.max(...ranks)));
  }
  function draw(): void {
    const query = search.value.trim().toLowerCase();
    const left = query === '' ? items : items.filter((item) => item.rank(query) > 0);
    shown = left.map((item, index) => ({ item, element: optionOf(item, item.id === chosen, `${id}-${index}`) }));
    fill(list, ...grouped(shown, id));
    if (left.length === 0) fill(list, h('div', { class: 'picker-none dim' }, 'Nothing of that name.'));
  }
  function move(to: number): void {
    active = Math.max(0, Math.min(shown.length - 1, to));
    shown.forEach((entry, index) => entry.element.classList.toggle('active', index === active));
    const now = shown[active]?.element;
    search.setAttribute('aria-activedescendant', now?.id ?? '');
    // The heading of the first of a group is shown with it.
    (active === 0 ? list.firstElementChild : now)?.scrollIntoView({ block: 'nearest' });
  }
  function choose(index: number): void {
    const item = shown[index]?.item;
    if (item === undefined || item.disabled) return;
    toggle(false);
    opener.focus();
    if (item.id !== chosen) onChoose(item.id);
  }
  function onClick(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest('[role=option]') : null;
    if (target !== null) choose(shown.findIndex((entry) => entry.element === target));
  }
  function onOpenerKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    toggle(true);
  }
  function onKey(event: KeyboardEvent): void {
    const last = shown.length - 1;
    const empty = search.value === '';
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + 8,
      PageUp: active - 8,
      ...(empty ? { Home: 0, End: last } : {}),
    }[event.key];
    if (to !== undefined) move(to);
    else if (event.key === 'Enter') choose(active);
    else if (event.key === 'Escape') {
      toggle(false);
      opener.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  function set(next: readonly PickerItem[], now: string | null, unknown: string): void {
    const current = next.find((item) => item.id === now)?.label ?? unknown;
    fill(name, current);
    opener.setAttribute('aria-label', `${label}: ${current}`);
    opener.title = current;
    opener.toggleAttribute('disabled', next.length === 0);
    if (next === items && now === chosen) return;
    items = next;
    chosen = now;
    if (!open) return;
    const kept = active;
    draw();
    move(kept);
  }
  return { element, set };
}

/**
 * How well a name fits a query: its beginning best, then the beginning of a word, then any place, then the other
 * texts, where every word of the query has to be somewhere.
 */
export function rankOf(query: string, name: string, ...others: readonly string[]): number {
  const at = name.toLowerCase().indexOf(query);
  if (at === 0) return 4;
  if (at > 0) return /[\s\-_/.×]/.test(name.charAt(at - 1)) ? 3 : 2;
  const all = [name, ...others].join(' ').toLowerCase();
  return query.split(/\s+/).every((word) => all.includes(word)) ? 1 : 0;
}

function optionOf(item: PickerItem, selected: boolean, id: string): HTMLElement {
  return h(
    'div',
    {
      id,
      class: 'picker-option',
      role: 'option',
      'aria-selected': String(selected),
      'aria-disabled': item.disabled ? 'true' : null,
    },
    ...item.content(),
  );
}

/** Items below the headings of their groups. */
function grouped(
  entries: readonly { readonly item: PickerItem; readonly element: HTMLElement }[],
  id: string,
): HTMLElement[] {
  const parts: { readonly name: string; readonly elements: HTMLElement[] }[] = [];
  for (const { item, element } of entries) {
    const last = parts.at(-1);
    if (last?.name === item.group) last.elements.push(element);
    else parts.push({ name: item.group, elements: [element] });
  }
  return parts.flatMap(({ name, elements }, index) => {
    if (name === '') return elements;
    const heading = `${id}-group-${index}`;
    return [
      h(
        'div',
        { role: 'group', 'aria-labelledby': heading },
        h('div', { id: heading, class: 'picker-group', role: 'presentation' }, name),
        ...elements,
      ),
    ];
  });
}
