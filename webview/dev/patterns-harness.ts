/** Plays the part of VS Code around the Patterns page: keeps what it posts, passes on what a test sends as JSON. */
import type { FromPatternsPage } from '../../server/protocol/patterns-page';
import type { ThemeKind } from './themes';
import { themes } from './themes';

const stateKey = 'model-blame-patterns-state';
const posted: FromPatternsPage[] = [];
const violations: string[] = [];

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

/** Float32 arrays as `{ "f32": [ … ] }`. */
function send(json: string): void {
  const message: unknown = JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && 'f32' in value
      ? Float32Array.from((value as { readonly f32: readonly number[] }).f32)
      : value,
  );
  window.postMessage(message, '*');
}

Object.assign(window, {
  harness: { posted, violations, theme, send },
  acquireVsCodeApi: () => ({
    postMessage: (message: FromPatternsPage) => posted.push(structuredClone(message)),
    getState: () => JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') as unknown,
    setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
  }),
});

theme((new URLSearchParams(location.search).get('theme') as ThemeKind | null) ?? 'vscode-dark');
