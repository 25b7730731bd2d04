/** Words or tokens as a list, strongest relevance first. */
import type { Page } from '../page';
import type { TextPart, TextScene } from './scene';
import { barList } from '../result/bars';
import { cellPosition } from '../result/position';
import { inert } from '../widgets/inert';

export function tokenList(page: Page, leave: () => void): TextPart {
  const list = barList(page, 'Tokens, strongest relevance first', leave);
  let scene: TextScene | null = null;

  function draw(next: TextScene): void {
    scene = next;
    list.draw({
      rows: next.cells
        .map((cell) => ({
          name: cell.special
            ? cell.text + (cell.features.length > 1 ? ` ×${cell.features.length}` : '')
            : inert(cell.text),
          detail: cellPosition(cell.source),
          relevance: cell.relevance,
          dim: cell.special,
          source: cell.source,
          features: cell.features,
        }))
        .sort((a, b) => Math.abs(b.relevance ?? 0) - Math.abs(a.relevance ?? 0)),
      total: next.total,
      meaning: next.meaning,
      theme: next.theme,
    });
  }
  return { element: list.element, draw, caret: (feature) => (scene === null ? undefined : list.caret(feature)) };
}
