/** The whole page: its parts in order, and the body that fits the sample. */
import type { Page, Part } from './page';
import type { Panel } from './state';
import type { ViewSettings } from './settings';
import { isOld, shown } from './state';
import { fill, h } from './widgets/dom';
import type { HeaderOptions } from './header';
import { header } from './header';
import { status } from './status';
import { positionsView } from './result/positions';
import { predictions } from './result/predictions';
import { controls } from './choices/choose';
import { accounting } from './result/accounting';
import { textView } from './text/view';
import { imageView } from './image/view';
import { tableView } from './table/view';
import { elementsView } from './elements/view';
import { pathView } from './path/view';
import { unitsView } from './result/units';
import { essenceView } from './result/essence';
import { conservationView } from './conservation/view';
import { blameOf, blameView } from './blame/view';
import { tabOf } from './tab';
import { tabs } from './tabs';

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
  const result = h('main', { class: 'result', id: 'result' }, body);
  const blame = blameView(page);
  const choose = controls(page);
  const foot = [accounting(page), unitsView(page), essenceView(page), conservationView(page), pathView(page)];
  result.append(...[...foot, blame.foot].map((part) => part.element));
  const parts: readonly Part[] = [head, status(page), positionsView(page), predictions(page), tabs(page)];
  fill(root, ...[...parts, choose, blame].map((part) => part.element), result);
  let current: Part | null = null;

  return (panel) => {
    for (const part of parts) part.update(panel);
    const blaming = shown(panel) !== null && tabOf(panel, page.view()) === 'blame';
    // Before hiding: a part says itself whether it has something to show.
    for (const part of blaming ? [blame, blame.foot] : [choose, ...foot]) part.update(panel);
    for (const part of blaming ? [choose, ...foot] : [blame, blame.foot]) part.element.hidden = true;
    if (blaming) blame.element.hidden = blame.foot.element.hidden = false;
    const drawn = seen(panel, page.view());
    const now = shown(drawn);
    const view = now === null ? null : views[now.features.kind];
    if (view !== current || body.childElementCount === 0) fill(body, view === null ? emptyBody(panel) : view.element);
    else if (view === null) fill(body, emptyBody(panel));
    current = view;
    view?.update(drawn);
    const old = blaming ? panel.blame?.phase === 'busy' : isOld(panel);
    result.classList.toggle('old', old);
    result.dataset['method'] = panel.explanation?.method ?? '';
    result.setAttribute('aria-busy', String(panel.phase === 'busy' || (blaming && old)));
    result.setAttribute('role', now === null ? 'main' : 'tabpanel');
    result.setAttribute('aria-labelledby', blaming ? 'tab-blame' : 'tab-explain');
  };
}

/** What the views of the sample draw. In the Blame tab relevance is blame; before there is any, the bare sample. */
export function seen(panel: Panel, view: ViewSettings): Panel {
  if (tabOf(panel, view) !== 'blame') return panel;
  const blame = blameOf(panel);
  const { explanation, prediction } = panel;
  if (blame !== null) return { ...panel, explanation: blame.explanation };
  const bare = prediction ?? (explanation === null ? null : { ...explanation, scores: explanation.prediction });
  return { ...panel, explanation: null, prediction: bare };
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
