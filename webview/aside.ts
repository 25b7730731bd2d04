/** A question beside the explanation, while it has no answer: progress with cancel, errors with the way out. */
import type { Aside, AsideKind } from '../server/protocol/panel';
import type { UserErrorData } from '../server/protocol/requests';
import { button } from './widgets/controls';
import type { Child } from './widgets/dom';
import { data, fill, h } from './widgets/dom';
import { inert } from './widgets/inert';
import type { Page } from './page';
import type { Panel } from './state';
import { banner } from './status';

export interface AsideState {
  readonly element: HTMLElement;
  /** Asks where nothing was asked yet: once, until the host takes the answer back. */
  ask(panel: Panel): void;
  update(state: Aside<unknown>): void;
}

/** @param remedies Buttons that lead on from an error, beside “Try again”. */
export function asideState(
  page: Page,
  kind: AsideKind,
  working: string,
  remedies: (error: UserErrorData) => readonly HTMLElement[] = () => [],
): AsideState {
  const element = h('div', { class: 'aside-state' });
  const text = h('span', { class: 'busy-text', role: 'status' });
  const bar = h('div', { class: 'progress-fill' });
  const progress = h('div', { class: 'progress', role: 'progressbar', 'aria-label': working }, bar);
  const busy = h(
    'div',
    {},
    progress,
    h(
      'div',
      { class: 'busy' },
      text,
      button({ label: 'Cancel', onClick: () => page.post({ type: 'cancelAside', kind }) }),
    ),
  );
  let drawn: Aside<unknown> = null;
  /** The explanation it was asked beside: a second question needs a new one. */
  let asked: unknown = undefined;

  const again = (label: string): HTMLElement =>
    button({
      label,
      onClick: () => {
        page.ask(kind, true);
      },
    });

  function update(state: Aside<unknown>): void {
    if (state === drawn) return;
    const goesOn = state?.phase === 'busy' && drawn?.phase === 'busy';
    drawn = state;
    // The cancel button stays where it is, and keeps the focus.
    if (goesOn) showProgress(state);
    else fill(element, ...content(state));
  }
  function content(state: Aside<unknown>): Child[] {
    switch (state?.phase) {
      case undefined:
      case 'done':
        return [];
      case 'busy':
        showProgress(state);
        return [busy];
      case 'cancelled':
        return [banner('info', 'status', [h('div', {}, 'Cancelled.')], again('Ask again'))];
      case 'error':
        return [errorBanner(state.error)];
    }
  }
  function showProgress(state: { readonly done: number; readonly total: number; readonly message: string }): void {
    const share = state.total > 0 ? Math.min(1, state.done / state.total) : null;
    progress.classList.toggle('indeterminate', share === null);
    bar.style.setProperty('width', share === null ? '' : `${(share * 100).toFixed(1)}%`);
    if (share === null) progress.removeAttribute('aria-valuenow');
    else progress.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    fill(text, state.message === '' ? working : inert(state.message));
  }
  function errorBanner(error: UserErrorData): HTMLElement {
    return banner(
      'error',
      'alert',
      [
        h('div', { class: 'banner-what' }, data(error.what)),
        error.where === null ? null : h('div', { class: 'dim' }, 'At ', data(error.where)),
        error.next === null ? null : h('div', {}, data(error.next)),
      ],
      h('div', { class: 'banner-actions' }, ...remedies(error), again('Try again')),
    );
  }
  return {
    element,
    ask(panel) {
      if (panel[kind] !== null || asked === panel.explanation) return;
      asked = panel.explanation;
      page.ask(kind, false);
    },
    update,
  };
}
