/** Which view of a result is shown: the one a person chose, else Blame where the model is wrong. Pure. */
import type { Tab } from '../server/protocol/panel';
import type { ViewSettings } from './settings';
import type { Panel } from './state';
import { isRegression } from '../server/render/scores';
import { shown } from './state';

/** Gold is known, and it is not what the model says. */
export function isWrong(panel: Panel): boolean {
  const result = shown(panel);
  const gold = result?.gold?.class;
  return typeof gold === 'number' && result?.scores[0]?.class !== gold;
}

export function naturalTab(panel: Panel): Tab {
  return isWrong(panel) ? 'blame' : 'explain';
}

/** Blame is about wrong classes: a regression has none. */
export function hasBlame(panel: Panel): boolean {
  const result = shown(panel);
  return result !== null && !isRegression(result.model);
}

export function tabOf(panel: Panel, { tab }: Pick<ViewSettings, 'tab'>): Tab {
  if (!hasBlame(panel)) return 'explain';
  return tab === 'auto' ? naturalTab(panel) : tab;
}

/** What is kept of a person's choice: going back to the natural view leaves the next sample free. */
export function keptTab(panel: Panel, chosen: Tab): ViewSettings['tab'] {
  return chosen === naturalTab(panel) ? 'auto' : chosen;
}
