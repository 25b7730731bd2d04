/** The image view: the picture as the model saw it, and relevance on it in six ways. */
import type { PixelFeatures } from '../../server/protocol/features';
import type { Explanation } from '../../server/protocol/explanation';
import { percent, significant } from '../../server/render/numbers';
import type { Page, Part } from '../page';
import type { ImageView, ViewSettings } from '../settings';
import type { Panel } from '../state';
import { shown } from '../state';
import { h } from '../widgets/dom';
import { button } from '../widgets/controls';
import { segmented } from '../widgets/segmented';
import { slider } from '../widgets/slider';
import { legendBar } from '../result/legend';
import { meaningOf, totalMagnitude } from '../result/words';
import { magnitudeAt, paintLayer, sortedMagnitudes } from './layers';
import { readout, readPoint, readRegion } from './readout';
import { originalPixel, sumRegion } from './region';
import type { Region } from './region';
import { stage } from './stage';
import type { Pixel } from './viewport';

const names: Readonly<Record<ImageView, readonly [string, string]>> = {
  overlay: ['Overlay', 'The heatmap over the picture in grey'],
  heatmap: ['Heatmap', 'Relevance alone'],
  original: ['Original', 'The picture as the model saw it'],
  window: ['Window', 'Pixels multiplied by |relevance|, summed over channels: only what the model used is lit'],
  edges: ['Edges', 'The heatmap over the picture’s own edges'],
  mask: ['Mask', 'Only the pixels with the strongest relevance, of either sign'],
};
const hint = 'Point at a pixel, or focus the picture and use the arrow keys.';
const help =
  'Picture. Arrow keys move the crosshair, with Shift by ten; Enter goes to the pixel in the file; plus, minus and 0 zoom; ' +
  'Space starts and ends a region; Escape leaves.';

interface Scene {
  readonly features: PixelFeatures;
  readonly explanation: Explanation | null;
  readonly sorted: Float32Array;
  /** Of Σ |relevance| over channels, for the window view. */
  readonly sortedMagnitude: Float32Array;
  readonly total: number;
}

export function imageView(page: Page): Part {
  const views = segmented('Image view', segments(), (imageView) => page.setView({ imageView }));
  const opacity = slider({
    label: 'Opacity',
    min: 0,
    max: 1,
    step: 0.05,
    format: (value) => percent(value),
    onInput: (value) => page.setView({ opacity: value }),
  });
  const mask = slider({
    label: 'Strongest',
    min: 0.01,
    max: 0.5,
    step: 0.01,
    format: (value) => `${percent(value)} of pixels`,
    onInput: (value) => page.setView({ mask: value }),
  });
  const clip = slider({
    label: 'Scale ends at',
    min: 90,
    max: 100,
    step: 0.5,
    format: (value) => (value === 100 ? 'the maximum' : `percentile ${value}`),
    onInput: (value) => page.setView({ clip: value }),
  });
  const read = readout(hint);
  const legend = legendBar();
  let scene: Scene | null = null;
  let key: readonly unknown[] = [];
  let point: Pixel | null = null;
  let region: Region | null = null;

  const canvas = stage(help, {
    onPoint(pixel, live) {
      point = pixel;
      showPoint(live);
    },
    onActivate(pixel) {
      if (scene === null) return;
      const { uri } = scene.features;
      if (uri !== null) page.post({ type: 'revealPixel', uri, ...originalPixel(scene.features, pixel) });
    },
    onRegion(next) {
      region = next;
      showRegion();
    },
    onEscape: () => views.element.querySelector<HTMLElement>('[tabindex="0"]')?.focus(),
  });
  let selecting = false;
  const regionButton = button({
    label: 'Select a region',
    appearance: 'icon',
    icon: 'region',
    title: 'Drag selects a region and sums its relevance (also Shift-drag, or Space with the crosshair)',
    onClick: () => {
      selecting = !selecting;
      canvas.selectRegions(selecting);
      if (!selecting) canvas.clearRegion();
      regionButton.setAttribute('aria-pressed', String(selecting));
    },
  });
  regionButton.setAttribute('aria-pressed', 'false');
  const zoomTools = h(
    'div',
    { class: 'tools', role: 'group', 'aria-label': 'Zoom' },
    regionButton,
    button({ label: 'Zoom out (−)', appearance: 'icon', icon: 'zoomOut', onClick: () => canvas.zoom(1 / 1.5) }),
    button({ label: 'Zoom in (+)', appearance: 'icon', icon: 'zoomIn', onClick: () => canvas.zoom(1.5) }),
    button({ label: 'Fit (0)', appearance: 'icon', icon: 'fit', onClick: () => canvas.fit() }),
  );
  const element = h(
    'section',
    { class: 'view image-view', 'aria-label': 'Picture' },
    h('div', { class: 'toolbar' }, views.element, zoomTools),
    canvas.element,
    read.element,
    h('div', { class: 'sliders' }, opacity.element, mask.element, clip.element),
    legend.element,
  );

  function showPoint(live: boolean): void {
    if (scene === null || point === null) {
      read.point('', false);
      return;
    }
    const { features, explanation } = scene;
    const meaning = explanation === null ? null : meaningOf(explanation.target);
    read.point(readPoint({ features, relevance: explanation?.relevance ?? null, meaning, pixel: point }), live);
  }
  function showRegion(): void {
    const relevance = scene?.explanation?.relevance;
    if (scene === null || relevance === undefined || region === null) read.region('');
    else read.region(readRegion(sumRegion(region, relevance, scene.features.width), scene.total));
  }
  function update(panel: Panel): void {
    const result = shown(panel);
    if (result?.features.kind !== 'pixels') return;
    const { features, explanation } = result;
    const view = page.view();
    const theme = page.theme();
    const next = [features, explanation, view.imageView, view.opacity, view.mask, view.clip, theme];
    if (next.every((item, index) => item === key[index])) return;
    if (scene?.explanation !== explanation || scene.features !== features) scene = sceneOf(features, explanation);
    key = next;
    const showing = explanation === null ? 'original' : view.imageView;
    views.set(showing);
    opacity.set(view.opacity);
    mask.set(view.mask);
    clip.set(view.clip);
    opacity.element.hidden = !(showing === 'overlay' || showing === 'edges');
    mask.element.hidden = showing !== 'mask';
    clip.element.hidden = showing === 'original' || showing === 'mask';
    const limit = magnitudeAt(showing === 'window' ? scene.sortedMagnitude : scene.sorted, view.clip);
    canvas.setPicture(paintLayer(showing, layerInput(scene, view, showing, limit, theme)), features);
    const coloured = showing === 'overlay' || showing === 'heatmap' || showing === 'edges';
    legend.update(coloured ? (explanation?.target ?? null) : null, limit, theme, clipNote(scene, limit));
    showPoint(false);
    showRegion();
  }
  return { element, update };
}

function segments(): { value: ImageView; label: string; title: string }[] {
  return (Object.keys(names) as ImageView[]).map((value) => ({
    value,
    label: names[value][0],
    title: names[value][1],
  }));
}

function sceneOf(features: PixelFeatures, explanation: Explanation | null): Scene {
  const relevance = explanation?.relevance ?? new Float32Array(0);
  const sorted = sortedMagnitudes(relevance);
  const magnitude = explanation?.magnitude;
  const sortedMagnitude = magnitude === undefined ? sorted : sortedMagnitudes(magnitude);
  return { features, explanation, sorted, sortedMagnitude, total: totalMagnitude(relevance) };
}

function layerInput(
  scene: Scene,
  view: ViewSettings,
  showing: ImageView,
  limit: number,
  theme: ReturnType<Page['theme']>,
): Parameters<typeof paintLayer>[1] {
  const { width, height, picture } = scene.features;
  const signed = scene.explanation?.relevance ?? new Float32Array(0);
  const relevance = showing === 'window' ? (scene.explanation?.magnitude ?? signed) : signed;
  const threshold = magnitudeAt(scene.sorted, 100 * (1 - view.mask));
  return { width, height, picture, relevance, limit, theme, opacity: view.opacity, threshold };
}

/** Said where the colour scale ends before the strongest pixel. */
function clipNote(scene: Scene, limit: number): string {
  const most = scene.sorted[scene.sorted.length - 1] ?? 0;
  return most > limit ? `Stronger pixels, up to ${significant(most, 2)}, have the end colour.` : '';
}
