/** What goes on, in one place: progress with cancel, errors with the way out, stale results, notices. */
import { inert } from './widgets/inert';
import type { Page, Part } from './page';
import type { Panel } from './state';
import { isOld } from './state';
import { button } from './widgets/controls';
import type { Child } from './widgets/dom';
import { data, fill, h } from './widgets/dom';
import type { IconName } from './widgets/icons';
import { icon } from './widgets/icons';

/** Milliseconds before a running request is shown as such: most are done before, and nothing should flicker. */
const patience = 150;

export function status(page: Page): Part {
  const bar = h(
    'div',
    { class: 'progress', role: 'progressbar', 'aria-label': 'Progress', hidden: true },
    h('div', { class: 'progress-fill' }),
  );
  const text = h('span', { class: 'busy-text' });
  const cancel = button({ label: 'Cancel', onClick: () => page.post({ type: 'cancel' }) });
  const busy = h('div', { class: 'busy', hidden: true }, text, cancel);
  const banners = h('div', { class: 'banners' });
  const element = h('div', { class: 'status' }, bar, busy, banners);
  let key: readonly unknown[] = [];
  let timer = 0;

  function update(panel: Panel): void {
    const working = panel.phase === 'busy';
    if (!working) {
      window.clearTimeout(timer);
      timer = 0;
      bar.hidden = busy.hidden = true;
    } else {
      showProgress(panel);
      if (timer === 0) timer = window.setTimeout(() => (bar.hidden = busy.hidden = false), patience);
    }
    const next = [panel.phase, panel.error, panel.stale, panel.notice];
    if (next.every((item, index) => item === key[index])) return;
    key = next;
    fill(banners, ...bannersOf(panel));
  }
  function showProgress(panel: Panel): void {
    const { progress } = panel;
    const share = progress !== null && progress.total > 0 ? Math.min(1, progress.done / progress.total) : null;
    bar.classList.toggle('indeterminate', share === null);
    (bar.firstElementChild as HTMLElement).style.setProperty(
      'width',
      share === null ? '' : `${(share * 100).toFixed(1)}%`,
    );
    if (share === null) bar.removeAttribute('aria-valuenow');
    else bar.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    const message = progress === null || progress.message === '' ? 'Computing…' : inert(progress.message);
    fill(text, isOld(panel) ? `${message} The result below is the one before.` : message);
  }
  function bannersOf(panel: Panel): Child[] {
    const again = (label: string): HTMLElement => button({ label, onClick: () => page.post({ type: 'retry' }) });
    const { error, stale, notice } = panel;
    return [
      notice === null ? null : banner('info', 'status', [h('div', {}, data(notice))]),
      stale === null ? null : banner('warning', 'status', [h('div', {}, data(stale))], again('Explain again')),
      panel.phase === 'cancelled'
        ? banner('info', 'status', [h('div', {}, 'Cancelled.')], again('Explain again'))
        : null,
      error === null
        ? null
        : banner(
            'error',
            'alert',
            [
              h('div', { class: 'banner-what' }, data(error.what)),
              error.where === null ? null : h('div', { class: 'dim' }, 'At ', data(error.where)),
              error.next === null ? null : h('div', {}, data(error.next)),
            ],
            again('Try again'),
          ),
    ];
  }
  return { element, update };
}

/** A strip with an icon, text and at most one button. */
export function banner(
  kind: IconName & ('info' | 'warning' | 'error'),
  role: string,
  content: readonly Child[],
  action: HTMLElement | null = null,
): HTMLElement {
  return h(
    'div',
    { class: `banner ${kind}`, role },
    icon(kind),
    h('div', { class: 'banner-text' }, ...content),
    action,
  );
}
