/** A button with a small menu: the toolkit has none. */
import { button, setEnabled } from './controls';
import { h } from './dom';
import type { IconName } from './icons';

export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
}

export interface Menu {
  readonly element: HTMLElement;
  enable(enabled: boolean): void;
}

/** Down, up, Home and End move; Enter runs; Escape, Tab or a click elsewhere closes. */
export function menu(label: string, icon: IconName, items: readonly MenuItem[]): Menu {
  const opener = button({ label, appearance: 'icon', icon, onClick: () => toggle(!open) });
  let open = false;
  opener.setAttribute('aria-haspopup', 'menu');
  const entries = items.map((item) =>
    h(
      'button',
      { type: 'button', role: 'menuitem', tabindex: -1, class: 'menu-item', onclick: () => run(item) },
      item.label,
    ),
  );
  const list = h(
    'div',
    { class: 'menu', role: 'menu', 'aria-label': label, hidden: true, onkeydown: onKey },
    ...entries,
  );
  const element = h('div', { class: 'menu-anchor' }, opener, list);
  element.addEventListener('focusout', (event) => {
    if (!(event.relatedTarget instanceof Node && element.contains(event.relatedTarget))) toggle(false);
  });
  document.addEventListener('pointerdown', (event) => {
    if (event.target instanceof Node && !element.contains(event.target)) toggle(false);
  });
  toggle(false);

  function toggle(next: boolean): void {
    const opened = next && !open;
    open = next;
    list.hidden = !next;
    opener.setAttribute('aria-expanded', String(next));
    if (opened) entries[0]?.focus();
  }
  function run(item: MenuItem): void {
    toggle(false);
    opener.focus();
    item.run();
  }
  function onKey(event: KeyboardEvent): void {
    const at = entries.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      entries[(to + entries.length) % entries.length]?.focus();
    } else if (event.key === 'Escape') {
      toggle(false);
      opener.focus();
    }
  }
  return { element, enable: (enabled) => setEnabled(opener, enabled) };
}
