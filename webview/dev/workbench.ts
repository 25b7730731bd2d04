/** Plays the part of VS Code around a page: the API it asks for, its state, the theme; keeps what the page posts. */
import type { ThemeKind } from './themes';
import { themes } from './themes';

/** Sets the variables and the body's class, as the workbench does. */
function setTheme(kind: ThemeKind): void {
  const root = document.documentElement;
  for (const name of [...root.style]) root.style.removeProperty(name);
  for (const [name, value] of Object.entries(themes[kind])) root.style.setProperty(`--vscode-${name}`, value);
  // The light high-contrast theme carries the class of the dark one as well.
  document.body.className =
    kind === 'vscode-high-contrast-light' ? 'vscode-high-contrast vscode-high-contrast-light' : kind;
  document.body.dataset['vscodeThemeKind'] = kind;
}

/** What tests and scenes have of the workbench. */
export interface Stage<From, To> {
  readonly posted: From[];
  readonly violations: readonly string[];
  theme(kind: ThemeKind): void;
  send(...messages: readonly To[]): void;
}

/**
 * @param page Under its name the page's state outlives a reload.
 * @param answer What the host would do with a message.
 */
export function playWorkbench<From, To>(page: string, answer?: (message: From) => void): Stage<From, To> {
  const stateKey = `model-blame-${page}-state`;
  const posted: From[] = [];
  const violations: string[] = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
  Object.assign(window, {
    acquireVsCodeApi: () => ({
      postMessage: (message: From) => {
        posted.push(structuredClone(message));
        answer?.(message);
      },
      getState: () => JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') as unknown,
      setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
    }),
  });
  setTheme((new URLSearchParams(location.search).get('theme') as ThemeKind | null) ?? 'vscode-dark');
  return {
    posted,
    violations,
    theme: setTheme,
    send: (...messages) => {
      for (const message of messages) window.postMessage(message, '*');
    },
  };
}
