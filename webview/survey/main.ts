/** The survey page's entry: messages in, gestures out, the chosen tab kept across reloads. */
import type { FromSurveyPage, SurveyPageState, ToSurveyPage } from '../../server/protocol/survey-page';
import { registerControls } from '../widgets/controls';
import { fill, h } from '../widgets/dom';
import { isRecord } from '../settings';
import { filterBar } from './bar';
import { classes } from './classes';
import { head } from './head';
import { matrix } from './matrix';
import type { SurveyPage, SurveyPart } from './part';
import { reliability } from './reliability';
import { slices } from './slices';
import type { Survey, SurveyTab } from './state';
import { emptySurvey, receive } from './state';
import { surveyTabBar } from './tabs';
import { table } from './table';
import { unlabelledHint } from './unlabelled';

const host = acquireVsCodeApi<SurveyPageState>();
let survey: Survey = emptySurvey(host.getState());
let pending = 0;

registerControls();
const live = h('div', { class: 'announcer', role: 'status', 'aria-live': 'polite' });
const root = h('div', { class: 'page survey' });
document.body.append(root, live);
const post = (message: FromSurveyPage): void => host.postMessage(message);

const page: SurveyPage = {
  post,
  setView(change) {
    survey = { ...survey, view: { ...survey.view, ...change } };
    post({ type: 'view', view: survey.view });
    draw();
  },
  setTab(tab) {
    survey = { ...survey, tab };
    draw();
  },
  setSlice(slice) {
    survey = { ...survey, slice, sliced: false };
    post({ type: 'summarize', slice });
    draw();
  },
  announce: (text) => (live.textContent = text),
};

const rows = table(page);
const top: readonly SurveyPart[] = [head(page), surveyTabBar(page)];
const tabs: Readonly<Record<SurveyTab, readonly SurveyPart[]>> = {
  overview: [unlabelledHint(page), matrix(page), classes(), reliability()],
  slices: [slices(page)],
  mistakes: [filterBar(page), rows],
};
const bodies = Object.entries(tabs).map(([name, parts]) =>
  h(
    'div',
    { class: `survey-tab ${name}`, id: `body-${name}`, role: 'tabpanel', 'aria-labelledby': `tab-${name}` },
    ...parts.map((part) => part.element),
  ),
);
const empty = h(
  'div',
  { class: 'empty' },
  h('h2', {}, 'No survey yet'),
  h('p', {}, 'Right-click a dataset file and choose ', h('b', {}, 'Find Misclassified Samples'), '.'),
);
fill(root, ...top.map((part) => part.element), empty, ...bodies);

/** Draws at the next frame: many messages in a row cost one drawing. */
function draw(): void {
  if (pending !== 0) return;
  pending = requestAnimationFrame(() => {
    pending = 0;
    update();
    host.setState({ version: 1, tab: survey.tab, slice: survey.slice });
  });
}

function update(): void {
  empty.hidden = survey.state !== null || !survey.told;
  for (const part of top) part.update(survey);
  for (const body of bodies) body.hidden = survey.state === null || body.id !== `body-${survey.tab}`;
  for (const part of tabs[survey.tab]) part.update(survey);
}

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (!isRecord(event.data) || typeof event.data['type'] !== 'string') return;
  const message = event.data as unknown as ToSurveyPage;
  if (message.type === 'rows' || message.type === 'failed') {
    rows.receive(message);
    return;
  }
  const before = survey.state?.phase;
  survey = receive(survey, message);
  if (before === 'running' && survey.state?.phase === 'done')
    page.announce(`Done: ${survey.state.wrong} of ${survey.state.total} samples are wrong.`);
  draw();
});
window.addEventListener('error', (event) => post({ type: 'log', level: 'error', message: event.message }));
window.addEventListener('unhandledrejection', (event) =>
  post({ type: 'log', level: 'error', message: String(event.reason) }),
);

update();
post({ type: 'ready' });
if (survey.slice !== null) post({ type: 'summarize', slice: survey.slice });
