/** Plays the part of VS Code around the page: the API it asks for, themes, and the host's messages. */
import type { FromPage, ToPage } from '../../server/protocol/panel';
import { blameScenes } from './blame';
import * as samples from './samples';
import type { ThemeKind } from './themes';
import { themes } from './themes';

const stateKey = 'model-blame-state';
const posted: FromPage[] = [];
const violations: string[] = [];

document.addEventListener('securitypolicyviolation', (event) => {
  violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});

/** Sets the variables and the body's class, as the workbench does. */
function theme(kind: ThemeKind): void {
  const root = document.documentElement;
  for (const name of [...root.style]) root.style.removeProperty(name);
  for (const [name, value] of Object.entries(themes[kind])) root.style.setProperty(`--vscode-${name}`, value);
  // The light high-contrast theme carries the class of the dark one as well.
  document.body.className =
    kind === 'vscode-high-contrast-light' ? 'vscode-high-contrast vscode-high-contrast-light' : kind;
  document.body.dataset['vscodeThemeKind'] = kind;
}

function send(...messages: ToPage[]): void {
  for (const message of messages) window.postMessage(message, '*');
}

const scenes = {
  text: () => samples.conversation(samples.textResults()),
  long: () => samples.conversation(samples.longResults(2000)),
  hostile: () => samples.conversation(samples.hostileResults()),
  image: () => samples.conversation(samples.imageResults()),
  digit: () => samples.conversation(samples.digitResults()),
  table: () => samples.conversation(samples.tableResults()),
  elements: () => samples.conversation(samples.elementResults()),
  ...blameScenes,
} as const;

const harness = {
  posted,
  violations,
  theme,
  send,
  scenes,
  samples,
  play: (name: keyof typeof scenes) => send(...scenes[name]()),
};
export type Harness = typeof harness;

Object.assign(window, {
  harness,
  acquireVsCodeApi: () => ({
    postMessage: (message: FromPage) => posted.push(structuredClone(message)),
    getState: () => JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') as unknown,
    setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
  }),
});

const parameters = new URLSearchParams(location.search);
theme((parameters.get('theme') as ThemeKind | null) ?? 'vscode-dark');
const scene = parameters.get('scene') as keyof typeof scenes | null;
if (scene !== null) window.addEventListener('load', () => harness.play(scene));
