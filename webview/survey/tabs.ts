/** The tabs of the survey page. A new one is a line here and a part in `main.ts`. Arrow keys move between them. */
import { h } from '../widgets/dom';
import { counted } from './numbers';
import type { SurveyPage, SurveyPart } from './part';
import type { SurveyTab } from './state';
import { surveyTabs } from './state';

const labels: Readonly<Record<SurveyTab, string>> = { overview: 'Overview', slices: 'Slices', mistakes: 'Samples' };

export function surveyTabBar(page: SurveyPage): SurveyPart {
  const buttons = surveyTabs.map((tab) =>
    h(
      'button',
      { type: 'button', role: 'tab', class: 'tab', id: `tab-${tab}`, onclick: () => page.setTab(tab) },
      labels[tab],
    ),
  );
  const element = h('div', { role: 'tablist', class: 'tabs', 'aria-label': 'Views', onkeydown: onKey }, ...buttons);

  function onKey(event: KeyboardEvent): void {
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = (to + buttons.length) % buttons.length;
    buttons[next]?.focus();
    const tab = surveyTabs[next];
    if (tab !== undefined) page.setTab(tab);
  }
  return {
    element,
    update({ state, tab }) {
      element.hidden = state === null;
      surveyTabs.forEach((name, index) => {
        buttons[index]?.setAttribute('aria-selected', String(name === tab));
        buttons[index]?.setAttribute('tabindex', name === tab ? '0' : '-1');
        if (name === 'mistakes' && buttons[index] !== undefined && state !== null)
          buttons[index].textContent = `${labels[name]} (${counted(state.wrong)} wrong)`;
      });
    },
  };
}
