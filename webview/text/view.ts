/** The text view: a strip that reads like the text itself, or a list sorted by relevance. */
import type { TokenFeatures } from '../../server/protocol/features';
import type { Page, Part } from '../page';
import type { Panel } from '../state';
import { shown } from '../state';
import { fill, h } from '../widgets/dom';
import { segmented } from '../widgets/segmented';
import { hoverCard } from '../widgets/hover';
import { legendBar } from '../result/legend';
import { meaningOf, totalMagnitude } from '../result/words';
import { cellsOf, textLimit } from './cells';
import type { TextScene } from './scene';
import { tokenStrip } from './strip';
import { tokenList } from './list';
import { windowBar } from './window';

export function textView(page: Page): Part {
  const unit = segmented(
    'Unit',
    [
      { value: 'word', label: 'Words', title: 'Relevance of a word is the sum over its subwords' },
      { value: 'token', label: 'Tokens', title: 'Every token of the vocabulary by itself' },
    ] as const,
    (value) => page.setView({ unit: value }),
  );
  const layout = segmented(
    'Layout',
    [
      { value: 'strip', label: 'Text', title: 'In reading order' },
      { value: 'list', label: 'By relevance', title: 'Strongest first' },
    ] as const,
    (value) => page.setView({ textLayout: value }),
  );
  const toolbar = h('div', { class: 'toolbar' }, unit.element, layout.element);
  const hover = hoverCard();
  const leave = (): void => toolbar.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  const strip = tokenStrip(page, hover, leave);
  const list = tokenList(page, leave);
  const windows = windowBar(page);
  const legend = legendBar();
  const body = h('div', { class: 'text-body' });
  const element = h(
    'section',
    { class: 'view text-view', 'aria-label': 'Tokens' },
    toolbar,
    windows.element,
    body,
    legend.element,
    hover.element,
  );
  let scene: TextScene | null = null;
  let key: readonly unknown[] = [];

  function update(panel: Panel): void {
    const result = shown(panel);
    if (result?.features.kind !== 'tokens') return;
    const features: TokenFeatures = result.features;
    const view = page.view();
    const theme = page.theme();
    const next = [features, result.positions, result.explanation, view.unit, view.textLayout, theme];
    if (next.some((item, index) => item !== key[index])) {
      key = next;
      unit.set(view.unit);
      layout.set(view.textLayout);
      const relevance = result.explanation?.relevance ?? null;
      const { cells, after } = cellsOf(features, relevance, view.unit);
      scene = {
        features,
        cells,
        after,
        relevance,
        limit: textLimit(cells),
        total: relevance === null ? 0 : totalMagnitude(relevance),
        position: result.positions?.all[result.positions.chosen]?.feature ?? null,
        meaning: result.explanation === null ? null : meaningOf(result.explanation.target),
        theme,
      };
      hover.hide();
      const active = view.textLayout === 'list' && relevance !== null ? list : strip;
      fill(body, active.element);
      active.draw(scene);
      legend.update(result.explanation?.target ?? null, scene.limit, theme, '');
      windows.update(features, panel.choice.window ?? features.window.index);
    }
    strip.caret(panel.caret);
    list.caret(panel.caret);
  }
  return { element, update };
}
