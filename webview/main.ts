/** The page's entry: messages in, gestures out, state kept across reloads. */
import type { FromPage, PageState, PanelChoice, ToPage } from '../server/protocol/panel';
import type { Page } from './page';
import type { Panel } from './state';
import { blameChoice, emptyPanel, receive, shown } from './state';
import type { ViewSettings } from './settings';
import { isRecord, parseView } from './settings';
import { registerControls } from './widgets/controls';
import { h } from './widgets/dom';
import { panelPage, seen } from './panel';
import { pictureOf } from './result/export-png';
import { currentTheme, onThemeChange } from './widgets/theme';

const host = acquireVsCodeApi<PageState>();
const found: unknown = host.getState();
const kept = isRecord(found) ? (found as unknown as Partial<PageState>) : null;
let view: ViewSettings = parseView(kept?.view);
let pinned = kept?.pinned === true;
/** Of the last result there was: a reload in the middle of a request still knows what to ask for. */
let address = kept?.address ?? null;
let model = kept?.model ?? null;
let panel: Panel = emptyPanel;
let pending = 0;

registerControls();
const live = h('div', { class: 'announcer', role: 'status', 'aria-live': 'polite' });
const root = h('div', { class: 'page' });
document.body.append(root, live);

const page: Page = {
  post: (message: FromPage) => host.postMessage(message),
  choose(change: Partial<PanelChoice>) {
    panel = { ...panel, choice: { ...panel.choice, ...change } };
    // At once, not at the next frame: the next gesture builds on this one.
    update(panel);
    keep();
    host.postMessage({ type: 'choose', choice: panel.choice } satisfies FromPage);
  },
  ask(kind, again, blame) {
    const choice = blame === undefined ? panel.choice : { ...panel.choice, blame: { ...blameChoice(panel), ...blame } };
    // Under way from now on: the host's answer follows, and nothing is asked twice meanwhile.
    panel = { ...panel, choice, [kind]: { phase: 'busy', done: 0, total: 0, message: '' } };
    draw();
    host.postMessage({ type: 'ask', kind, choice, again } satisfies FromPage);
  },
  view: () => view,
  setView(change) {
    view = { ...view, ...change };
    draw();
    host.postMessage({ type: 'view', view: { ...view } } satisfies FromPage);
  },
  theme: currentTheme,
  announce: (text) => (live.textContent = text),
  reveal: (source) => host.postMessage({ type: 'reveal', source, focus: true } satisfies FromPage),
};
const update = panelPage(root, page, {
  pinned: () => pinned,
  setPinned(next) {
    pinned = next;
    keep();
  },
  picture: () => pictureOf(seen(panel, view), view, currentTheme()),
});

/** Draws at the next frame: many messages in a row cost one drawing. */
function draw(): void {
  if (pending !== 0) return;
  pending = requestAnimationFrame(() => {
    pending = 0;
    update(panel);
    keep();
  });
}

function keep(): void {
  const result = shown(panel);
  address = result?.sample.address ?? address;
  model = result?.model.name ?? model;
  host.setState({
    version: 1,
    address,
    model,
    choice: panel.choice,
    pinned,
    view: { ...view },
  });
}

/** What a screen reader is told when a result comes in. */
function announceChange(before: Panel, after: Panel): void {
  if (after.phase === before.phase && after.explanation === before.explanation) return;
  const best = shown(after)?.scores[0];
  if (after.phase === 'done' && best !== undefined) page.announce(`Explained: predicted ${best.label}.`);
  else if (after.phase === 'busy') page.announce('Computing.');
}

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (!isRecord(event.data) || typeof event.data['type'] !== 'string') return;
  const message = event.data as unknown as ToPage;
  if (message.type === 'pinned') {
    pinned = message.pinned;
    draw();
    return;
  }
  if (message.type === 'tab') page.setView({ tab: message.tab });
  if (message.type === 'view') {
    view = parseView(message.view);
    draw();
    return;
  }
  const next = receive(panel, message);
  if (next === panel) return;
  announceChange(panel, next);
  // What was chosen for one sample says nothing about another.
  if (message.type === 'begin' && panel.title !== '' && next.title !== panel.title)
    page.setView({ removed: -1, tab: view.tab === 'blame' ? 'auto' : view.tab });
  panel = next;
  draw();
});
window.addEventListener('error', (event) =>
  page.post({ type: 'log', level: 'error', message: `page: ${event.message}` }),
);
window.addEventListener('unhandledrejection', (event) =>
  page.post({ type: 'log', level: 'error', message: `page: ${String(event.reason)}` }),
);
onThemeChange(draw);

update(panel);
page.post({ type: 'ready' });
