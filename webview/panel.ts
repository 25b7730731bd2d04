/** The whole page: its parts in order, and the body that fits the sample. */
import type { Page, Part } from './page';
import type { Panel } from './state';
import { isOld, shown } from './state';
import { fill, h } from './dom';
import type { HeaderOptions } from './header';
import { header } from './header';
import { status } from './status';
import { predictions } from './predictions';
import { controls } from './choose';
import { accounting } from './accounting';
import { textView } from './text/view';
import { imageView } from './image/view';
import { tableView } from './table/view';
import { elementsView } from './elements/view';
import { pathView } from './path/view';

/** Builds the page below `root`. */
export function panelPage(root: HTMLElement, page: Page, options: HeaderOptions): (panel: Panel) => void {
  const views = {
    tokens: textView(page),
    pixels: imageView(page),
    columns: tableView(page),
    elements: elementsView(page),
  } as const;
  const head = header(page, options);
  const body = h('div', { class: 'body' });
  const result = h('main', { class: 'result' }, body);
  const foot = [accounting(page), pathView(page)];
  result.append(...foot.map((part) => part.element));
  const parts: readonly Part[] = [head, status(page), predictions(page), controls(page)];
  fill(root, ...parts.map((part) => part.element), result);
  let current: Part | null = null;

  return (panel) => {
    for (const part of parts) part.update(panel);
    const now = shown(panel);
    const view = now === null ? null : views[now.features.kind];
    if (view !== current || body.childElementCount === 0) fill(body, view === null ? emptyBody(panel) : view.element);
    else if (view === null) fill(body, emptyBody(panel));
    current = view;
    view?.update(panel);
    for (const part of foot) part.update(panel);
    result.classList.toggle('old', isOld(panel));
    result.setAttribute('aria-busy', String(panel.phase === 'busy'));
  };
}

/** What to do when there is nothing to see yet. */
function emptyBody(panel: Panel): HTMLElement | null {
  if (panel.phase === 'busy' || panel.phase === 'error') return null;
  return h(
    'div',
    { class: 'empty' },
    h('h2', {}, 'Nothing explained yet'),
    h(
      'p',
      {},
      'Right-click a row of a dataset, its line number, a selected piece of text or a picture, and choose ',
      h('b', {}, 'Explain'),
      '.',
    ),
    h(
      'p',
      { class: 'dim' },
      'The prediction appears here first, then what the model blames for it. A click on a word, pixel or cell puts the cursor there in the file.',
    ),
  );
}
