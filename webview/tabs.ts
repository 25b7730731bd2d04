/** The tabs of a result: the explanation, and blame. Arrow keys move between them. */
import type { Tab } from '../server/protocol/panel';
import { h } from './widgets/dom';
import type { Page, Part } from './page';
import type { Panel } from './state';
import { hasBlame, keptTab, tabOf } from './tab';

const names: readonly (readonly [Tab, string, string])[] = [
  ['explain', 'Explanation', 'Why the model says what it says'],
  ['blame', 'Blame', 'What keeps the model from the label the sample should have'],
];

export function tabs(page: Page): Part {
  let panel: Panel | null = null;
  const buttons = names.map(([value, label, title]) =>
    h(
      'button',
      { type: 'button', role: 'tab', class: 'tab', id: `tab-${value}`, title, onclick: () => choose(value) },
      label,
    ),
  );
  const element = h('div', { role: 'tablist', class: 'tabs', 'aria-label': 'Views', onkeydown: onKey }, ...buttons);

  function choose(value: Tab): void {
    if (panel !== null) page.setView({ tab: keptTab(panel, value) });
  }
  function onKey(event: KeyboardEvent): void {
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = (to + names.length) % names.length;
    buttons[next]?.focus();
    const value = names[next]?.[0];
    if (value !== undefined) choose(value);
  }
  return {
    element,
    update(next) {
      panel = next;
      element.hidden = !hasBlame(next);
      const tab = tabOf(next, page.view());
      names.forEach(([value], index) => {
        buttons[index]?.setAttribute('aria-selected', String(value === tab));
        buttons[index]?.setAttribute('tabindex', value === tab ? '0' : '-1');
      });
    },
  };
}
