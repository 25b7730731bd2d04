/** Title, numbers of the whole survey, progress, and what is out of date. */
import type { SurveyState } from '../../server/protocol/survey';
import { significant } from '../../server/render/numbers';
import { button } from '../widgets/controls';
import type { Child } from '../widgets/dom';
import { data, fill, h } from '../widgets/dom';
import { banner } from '../status';
import { counted, shareWords } from './numbers';
import type { SurveyPage, SurveyPart } from './part';
import type { Survey } from './state';

export function head(page: SurveyPage): SurveyPart {
  const title = h('h1', { class: 'title' });
  const meta = h('div', { class: 'meta dim' });
  const tools = h(
    'div',
    { class: 'survey-tools' },
    button({
      label: 'Patterns',
      title: 'What the mistakes have in common',
      onClick: () => page.post({ type: 'patterns', cell: null }),
    }),
    button({ label: 'Export…', onClick: () => page.post({ type: 'export' }) }),
    button({ label: 'Predict again', onClick: () => page.post({ type: 'run' }) }),
  );
  const fillBar = h('div', { class: 'progress-fill' });
  const bar = h('div', { class: 'progress', role: 'progressbar', 'aria-label': 'Samples predicted' }, fillBar);
  const text = h('span', { class: 'busy-text' });
  const busy = h('div', { class: 'busy' }, text, button({ label: 'Stop', onClick: () => page.post({ type: 'stop' }) }));
  const banners = h('div', { class: 'banners' });
  const element = h(
    'header',
    {},
    h('div', { class: 'header' }, h('div', { class: 'header-text' }, title, meta), tools),
    bar,
    busy,
    banners,
  );
  let key = '';

  function update(survey: Survey): void {
    const { state } = survey;
    element.hidden = state === null;
    if (state === null) return;
    fill(title, data(titleOf(state)));
    fill(meta, ...facts(survey).map((fact) => h('span', { class: 'meta-item' }, fact)));
    const running = state.phase === 'running';
    bar.hidden = busy.hidden = !running;
    tools.hidden = running;
    const share = state.total === 0 ? 0 : state.done / state.total;
    fillBar.style.setProperty('width', `${(share * 100).toFixed(1)}%`);
    bar.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    fill(text, progressText(state));
    const next = JSON.stringify([state.stale, state.phase, state.error, state.warning, state.diff, survey.error]);
    if (next === key) return;
    key = next;
    fill(banners, ...bannersOf(survey, state, page));
  }
  return { element, update };
}

function titleOf({ model, files }: SurveyState): string {
  const [first] = files;
  const name = first === undefined ? '' : decodeURIComponent(first.uri.split('/').pop() ?? '');
  return files.length === 1 ? `${model.name} · ${name}` : `${model.name} · ${counted(files.length)} files`;
}

function facts({ state, summary }: Survey): readonly string[] {
  if (state === null) return [];
  const samples = `${counted(state.total)} samples`;
  if (summary === null || summary.labelled === 0)
    return [samples, ...(state.unlabelled > 0 ? [`${counted(state.unlabelled)} without a label`] : [])];
  return [
    samples,
    `${counted(state.wrong)} wrong`,
    `accuracy ${shareWords(summary.accuracy)}`,
    ...(summary.labels.length > 5 ? [`top-5 ${shareWords(summary.topK)}`] : []),
    `macro F1 ${significant(summary.macro.f1)}`,
    ...(summary.loss === null ? [] : [`loss ${significant(summary.loss)}`]),
    ...(state.unlabelled > 0 ? [`${counted(state.unlabelled)} without a label`] : []),
    ...(state.unreadable > 0 ? [`${counted(state.unreadable)} not predicted`] : []),
  ];
}

function progressText({ done, total, rate, secondsLeft }: SurveyState): string {
  return [
    `${counted(done)} of ${counted(total)} predicted`,
    ...(rate === null ? [] : [`${counted(Math.round(rate))} per second`]),
    ...(secondsLeft === null ? [] : [`${Math.ceil(secondsLeft)} s left`]),
  ].join(' · ');
}

function bannersOf({ error }: Survey, state: SurveyState, page: SurveyPage): Child[] {
  const run = (label: string): HTMLElement => button({ label, onClick: () => page.post({ type: 'run' }) });
  const { stale, phase, diff, warning } = state;
  const failed = error ?? state.error;
  return [
    failed === null
      ? null
      : banner('error', 'alert', [
          h('div', { class: 'banner-what' }, data(failed.what)),
          failed.where === null ? null : h('div', { class: 'dim' }, 'At ', data(failed.where)),
          failed.next === null ? null : h('div', {}, data(failed.next)),
        ]),
    warning === null ? null : banner('warning', 'status', [h('div', {}, data(warning.what))]),
    stale === null
      ? null
      : banner(
          'warning',
          'status',
          [stale === 'model' ? 'The model was rewritten: these numbers are of before.' : 'The data changed on disk.'],
          run('Predict again'),
        ),
    phase === 'cancelled'
      ? banner('info', 'status', ['Stopped: the numbers are about what was predicted until then.'], run('Go on'))
      : null,
    diff === null || stale !== null || phase === 'running'
      ? null
      : banner(
          'info',
          'status',
          [
            `Compared with the model before, over ${counted(diff.compared)} samples: ` +
              `${counted(diff.newlyRight)} newly right, ${counted(diff.newlyWrong)} newly wrong, ` +
              `${counted(diff.stillWrong)} still wrong.`,
          ],
          diff.newlyWrong + diff.newlyRight === 0
            ? null
            : button({
                label: 'List them',
                onClick: () => {
                  page.setView({ filter: { only: 'changed' }, grouping: 'change' });
                  page.setTab('mistakes');
                },
              }),
        ),
  ];
}
