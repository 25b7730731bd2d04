/** Plays the part of VS Code around the survey page; answers its questions for rows by itself. */
import type { FromSurveyPage, ToSurveyPage } from '../../server/protocol/survey-page';
import type { SurveyScene } from './survey';
import { labelsOf, rowsOf, summaryOf, surveyRows, surveyScenes } from './survey';
import type { ThemeKind } from './themes';
import { themes } from './themes';

const stateKey = 'model-blame-survey-state';
const posted: FromSurveyPage[] = [];
const violations: string[] = [];
const parameters = new URLSearchParams(location.search);
const scene = (parameters.get('scene') ?? 'two') as SurveyScene;

document.addEventListener('securitypolicyviolation', (event) => {
  violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});

function theme(kind: ThemeKind): void {
  const root = document.documentElement;
  for (const name of [...root.style]) root.style.removeProperty(name);
  for (const [name, value] of Object.entries(themes[kind])) root.style.setProperty(`--vscode-${name}`, value);
  document.body.className =
    kind === 'vscode-high-contrast-light' ? 'vscode-high-contrast vscode-high-contrast-light' : kind;
}

function send(...messages: readonly ToSurveyPage[]): void {
  for (const message of messages) window.postMessage(message, '*');
}

/** What the host would do, in short. */
function answer(message: FromSurveyPage): void {
  if (message.type === 'ready') send(...surveyScenes[scene]);
  if (message.type === 'rows') {
    const { request, offset, limit } = message;
    send({ type: 'rows', request, offset, answer: surveyRows({ offset, limit }, rowsOf[scene], labelsOf(scene)) });
  }
  if (message.type === 'summarize')
    send({ type: 'summary', slice: message.slice, summary: summaryOf(labelsOf(scene)) });
  if (message.type === 'view') {
    for (const told of surveyScenes[scene]) if (told.type === 'survey') send({ ...told, view: message.view });
  }
  if (message.type === 'open') send({ type: 'opened', position: message.row.position });
}

Object.assign(window, {
  harness: { posted, violations, theme, send },
  acquireVsCodeApi: () => ({
    postMessage: (message: FromSurveyPage) => {
      posted.push(structuredClone(message));
      answer(message);
    },
    getState: () => JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') as unknown,
    setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
  }),
});

theme((parameters.get('theme') as ThemeKind | null) ?? 'vscode-dark');
