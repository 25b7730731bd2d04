/** Entry of the Patterns page: messages in, gestures out. */
import type {
  FromPatternsPage,
  PatternsChoice,
  PatternsPageState,
  PatternsResponse,
  PatternView,
  ToPatternsPage,
} from '../../server/protocol';
import { cellWords, sampleCount, summaryWords, viewTitles } from '../../server/render/patternWords';
import { button, dropdown, field, registerControls } from '../widgets/controls';
import { data, fill, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import { onThemeChange } from '../widgets/theme';
import { clustersView } from './clusters';
import { deadView, featuresView, rulesView, unusualView } from './lists';
import { mapView } from './map';
import type { PatternsPage } from './page';
import { sampleList } from './samples';
import { answerOf, asking, busyView, choosing, flagging, flagOf, nothing, receive } from './state';

const order: readonly PatternView[] = ['features', 'clusters', 'map', 'rules', 'dead', 'unusual'];
const draws: Readonly<Record<PatternView, (answer: PatternsResponse, page: PatternsPage) => HTMLElement>> = {
  features: featuresView,
  clusters: clustersView,
  map: mapView,
  rules: rulesView,
  dead: deadView,
  unusual: unusualView,
};

const host = acquireVsCodeApi<PatternsPageState>();
let state = nothing;

registerControls();
const live = h('div', { class: 'announcer', role: 'status', 'aria-live': 'polite' });
const title = h('h2', {});
const summary = h('p', { class: 'dim' });
const notices = h('div', {});
const view = h('div', { class: 'pattern-view', role: 'tabpanel', tabindex: -1 });
const beside = h('div', { class: 'pattern-samples' });
const tabs = order.map((own) =>
  h(
    'button',
    { type: 'button', role: 'tab', class: 'tab', id: `tab-${own}`, onclick: () => show(own) },
    viewTitles[own],
  ),
);
const tablist = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Patterns', onkeydown: onTabKey }, ...tabs);

const target = dropdown('Explained for', (value) => change({ target: value as PatternsChoice['target'] }));
const space = dropdown('Compared by', (value) => change({ space: value as PatternsChoice['space'] }));
const ofClass = dropdown('Class', (value) => change({ class: value === '' ? null : Number(value) }));
const groups = dropdown('Groups', (value) => change({ clusters: value === '' ? null : Number(value) }));
const again = button({ label: 'Run again', onClick: () => ask(state.view) });
const cancel = button({ label: 'Cancel', onClick: () => post({ type: 'cancel' }) });
const controls = h(
  'div',
  { class: 'pattern-controls' },
  field('Explained for', target.element),
  field('Class', ofClass.element),
  field('Compared by', space.element),
  field('Groups', groups.element),
  again,
  cancel,
);
document.body.append(
  h(
    'div',
    { class: 'page patterns' },
    title,
    summary,
    controls,
    tablist,
    notices,
    h('div', { class: 'pattern-columns' }, view, beside),
  ),
  live,
);

const page: PatternsPage = {
  pick(picked) {
    state = { ...state, picked };
    drawSamples();
    live.textContent = `${inert(picked.title)}: ${sampleCount(picked.samples.length)}`;
  },
  reveal: (address) => post({ type: 'reveal', address }),
  explain: (address) => post({ type: 'explain', address }),
  areFlagged: (features) => features.every((feature) => state.choice.flagged.includes(flagOf(feature))),
  flag(features) {
    state = flagging(state, features);
    post({ type: 'flag', flagged: state.choice.flagged });
    draw();
  },
  check: (feature, sample) => post({ type: 'check', feature, sample }),
  announce: (text) => (live.textContent = text),
};

function post(message: FromPatternsPage): void {
  host.postMessage(message);
}

/** Shows a view; asks for it where it is not there. */
function show(own: PatternView): void {
  state = { ...state, view: own, picked: null };
  const asked = state.views[own];
  if (asked === undefined && state.subject !== null) ask(own);
  else draw();
}

function ask(own: PatternView): void {
  state = asking(state, own);
  draw();
  post({ type: 'ask', view: own, choice: state.choice });
}

function change(part: Partial<PatternsChoice>): void {
  state = choosing(state, part);
  ask(state.view);
}

function onTabKey(event: KeyboardEvent): void {
  const at = order.indexOf(state.view);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: order.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = (to + order.length) % order.length;
  tabs[next]?.focus();
  show(order[next] ?? 'features');
}

function draw(): void {
  const { subject, choice } = state;
  if (subject !== null) {
    host.setState({ version: 1, subject, choice, view: state.view });
  }
  const answer = answerOf(state);
  if (subject !== null) fill(title, 'Patterns in ', data(subject.name), answer === null ? null : cellTitle(answer));
  summary.textContent = answer === null ? '' : `${inert(answer.model.name)} · ${summaryWords(answer)}`;
  order.forEach((own, i) => {
    tabs[i]?.setAttribute('aria-selected', String(own === state.view));
    tabs[i]?.setAttribute('tabindex', own === state.view ? '0' : '-1');
  });
  drawControls(answer);
  drawView(answer);
  drawSamples();
}

function drawControls(answer: PatternsResponse | null): void {
  const { choice, subject } = state;
  target.set(
    [
      { value: 'predicted', label: 'the class predicted' },
      { value: 'gold', label: 'the gold class' },
    ],
    choice.target,
  );
  space.set(
    [
      { value: 'heatmaps', label: 'heatmaps' },
      { value: 'activations', label: 'activations' },
    ],
    choice.space,
  );
  if (answer !== null) labels = answer.model.labels;
  const named = labels.map((label, i) => ({ value: String(i), label: inert(label) }));
  ofClass.set([{ value: '', label: 'all' }, ...named], choice.class === null ? '' : String(choice.class));
  ofClass.enable(subject?.cell === null && labels.length > 0);
  const numbers = Array.from({ length: 9 }, (_, i) => ({ value: String(i + 2), label: String(i + 2) }));
  groups.set(
    [{ value: '', label: 'by eigenvalues' }, ...numbers],
    choice.clusters === null ? '' : String(choice.clusters),
  );
  const busy = busyView(state) !== null;
  again.hidden = busy;
  cancel.hidden = !busy;
}
let labels: readonly string[] = [];

/** `: spam predicted as ham`. */
function cellTitle(answer: PatternsResponse): HTMLElement | null {
  const { cell } = answer;
  return cell === null ? null : h('span', {}, ': ', data(cellWords(answer, cell)));
}

function drawView(answer: PatternsResponse | null): void {
  const asked = state.views[state.view];
  view.setAttribute('aria-labelledby', `tab-${state.view}`);
  view.setAttribute('aria-busy', String(asked?.phase === 'busy'));
  fill(
    notices,
    state.stale
      ? h('p', { class: 'notice' }, 'Model or dataset changed on disk. What is shown is of before: run again.')
      : null,
    ...(answer?.warnings ?? []).map(({ message }) => h('p', { class: 'notice' }, data(message))),
  );
  if (answer !== null) {
    fill(view, draws[state.view](answer, page));
    return;
  }
  if (asked?.phase === 'busy') {
    const { done, total, message } = asked;
    const bar = h('progress', { max: Math.max(1, total), value: done, 'aria-label': 'Progress' });
    fill(view, h('p', { class: 'busy' }, bar, ' ', total > 0 ? `${inert(message)} ${done} of ${total}` : 'Starting …'));
  } else if (asked?.phase === 'error') {
    const { what, where, next } = asked.error;
    fill(
      view,
      h('p', { class: 'pattern-error', role: 'alert' }, data(what)),
      where === null ? null : h('p', { class: 'dim' }, data(where)),
      next === null ? null : h('p', {}, data(next)),
    );
  } else fill(view, h('p', { class: 'dim' }, asked?.phase === 'cancelled' ? 'Cancelled.' : ''));
}

function drawSamples(): void {
  const answer = answerOf(state);
  const { picked } = state;
  if (answer === null || picked === null)
    fill(beside, h('p', { class: 'dim' }, 'Click a feature, a group or samples of the map to list samples.'));
  else fill(beside, sampleList(answer, picked, page));
}

window.addEventListener('message', ({ data: message }: MessageEvent<ToPatternsPage>) => {
  const before = state.subject;
  state = receive(state, message);
  if (message.type === 'subject' && message.subject !== before) ask(state.view);
  else if (message.type === 'flags' && state.subject !== null && state.views[state.view] === undefined) ask(state.view);
  else draw();
});
onThemeChange(draw);

const kept = host.getState() ?? null;
if (kept !== null) state = { ...state, subject: kept.subject, choice: kept.choice, view: kept.view };
post({ type: 'ready', state: kept });
