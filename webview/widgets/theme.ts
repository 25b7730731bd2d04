/** The theme of the workbench: VS Code puts its kind on the body's class list and changes it while we run. */
import type { Theme } from '../../server/render/colour';

/** Theme kind from the body's classes (`vscode-dark`, `vscode-light`, `vscode-high-contrast[-light]`). */
export function themeOf(classes: DOMTokenList): Theme {
  if (classes.contains('vscode-high-contrast-light')) return 'highContrastLight';
  if (classes.contains('vscode-high-contrast')) return 'highContrastDark';
  return classes.contains('vscode-light') ? 'light' : 'dark';
}

export function currentTheme(): Theme {
  return themeOf(document.body.classList);
}

/** Calls `redraw` when the kind or the colours of the theme change: what is painted must follow. */
export function onThemeChange(redraw: () => void): void {
  const observer = new MutationObserver(redraw);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
