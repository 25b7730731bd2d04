/** The panel's first line: which sample, which model, where it ran and how long; pin and export. */
import { milliseconds } from '../server/render/numbers';
import type { Page, Part } from './page';
import type { Panel } from './state';
import { shown } from './state';
import { button } from './widgets/controls';
import { data, fill, h } from './widgets/dom';
import { menu } from './widgets/menu';

export interface HeaderOptions {
  readonly pinned: () => boolean;
  readonly setPinned: (pinned: boolean) => void;
  /** Draws what is on the screen; null when there is nothing to draw. */
  readonly picture: () => Promise<Uint8Array | null>;
}

export function header(page: Page, options: HeaderOptions): Part {
  const title = h('h1', { class: 'title' });
  const meta = h('div', { class: 'meta dim' });
  const pin = button({
    label: 'Pin: keep this panel; the next explanation opens another',
    appearance: 'icon',
    icon: 'pin',
    onClick: () => {
      options.setPinned(!options.pinned());
      page.post({ type: 'pin', pinned: options.pinned() });
      showPin();
    },
  });
  const exports = menu('Export', 'share', [
    { label: 'Picture (PNG)', run: () => exportPicture(page, options) },
    { label: 'Data (JSON)', run: () => page.post({ type: 'export', format: 'json' }) },
    { label: 'Report (HTML)', run: () => page.post({ type: 'export', format: 'html' }) },
  ]);
  const element = h(
    'header',
    { class: 'header' },
    h('div', { class: 'header-text' }, title, meta),
    h('div', { class: 'tools' }, pin, exports.element),
  );

  function showPin(): void {
    pin.setAttribute('aria-pressed', String(options.pinned()));
  }
  function update(panel: Panel): void {
    const result = shown(panel);
    fill(title, data(panel.title === '' ? 'Model Blame' : panel.title));
    fill(meta, ...(result === null ? [] : metaItems(result)));
    exports.enable(panel.explanation !== null);
    showPin();
  }
  return { element, update };
}

function metaItems(result: NonNullable<ReturnType<typeof shown>>): Node[] {
  const items: Node[] = [
    data(result.model.name),
    document.createTextNode(result.engine),
    document.createTextNode(milliseconds(result.milliseconds)),
  ];
  return items.map((item) => h('span', { class: 'meta-item' }, item));
}

function exportPicture(page: Page, options: HeaderOptions): void {
  options.picture().then(
    (png) => page.post(png === null ? { type: 'export', format: 'png' } : { type: 'export', format: 'png', png }),
    (error: unknown) => page.post({ type: 'log', level: 'error', message: `PNG export: ${String(error)}` }),
  );
}
