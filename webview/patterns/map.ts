/**
 * The map of samples on a canvas. A drag draws a lasso and lists what is inside; a click lists a sample and its nearest.
 * With the keyboard: arrows go to the next sample that way, Space takes it in or out, Enter lists it with its nearest.
 */
import type { MapReport, PatternSample, PatternsResponse } from '../../server/protocol';
import { classColours, isMistake, labelOf, sampleCount, sampleWords } from '../../server/render/patternWords';
import { data, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import { inside, nearest, towards } from './lasso';
import type { Point } from './lasso';
import type { PatternsPage } from './page';

const SIDE = 560;
const MARGIN = 12;
const DOT = 3.2;
/** Pixels around a dot that still are the dot. */
const REACH = 10;

const arrows: Readonly<Record<string, Point>> = {
  ArrowRight: { x: 1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowDown: { x: 0, y: 1 },
  ArrowUp: { x: 0, y: -1 },
};

export function mapView(answer: PatternsResponse, page: PatternsPage): HTMLElement {
  const { map } = answer;
  if (map === undefined) return h('p', {}, 'There are too few samples for a map.');
  const points = map.x.length === 0 ? [] : Array.from(map.x, (x, i) => place(x, map.y[i] ?? 0));
  const sampleAt = (i: number): PatternSample | undefined => answer.samples[map.samples[i] ?? -1];
  const canvas = h('canvas', {
    class: 'sample-map',
    width: SIDE,
    height: SIDE,
    tabindex: 0,
    role: 'application',
    'aria-label':
      'Map of the samples. Arrow keys move between samples, Space takes one in or out, Enter lists it with its nearest, Escape clears.',
  });
  const context = canvas.getContext('2d');
  const readout = h('p', { class: 'dim readout' }, 'Drag around samples to list them.');
  let chosen: ReadonlySet<number> = new Set();
  let at: number | null = null;
  let line: Point[] = [];
  let dragging = false;

  const words = (i: number): string => {
    const one = sampleAt(i);
    return one === undefined ? '' : `${inert(one.title)}: ${inert(sampleWords(answer, one))}`;
  };
  const list = (dots: Iterable<number>, title: string): void => {
    chosen = new Set(dots);
    draw();
    page.pick({ title, samples: [...chosen].map((i) => map.samples[i] ?? 0) });
  };
  const withNearest = (i: number): void => {
    const near = (map.nearest[i] ?? []).map((sample) => map.samples.indexOf(sample)).filter((dot) => dot >= 0);
    list([i, ...near], `${sampleAt(i)?.title ?? ''} and the nearest`);
  };
  const spot = ({ offsetX, offsetY }: MouseEvent): Point => ({
    x: (offsetX * SIDE) / canvas.clientWidth,
    y: (offsetY * SIDE) / canvas.clientHeight,
  });

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    [dragging, line] = [true, [spot(event)]];
  });
  canvas.addEventListener('pointermove', (event) => {
    if (dragging) {
      line.push(spot(event));
      draw();
      return;
    }
    const over = nearest(points, spot(event), REACH);
    readout.textContent = over === null ? 'Drag around samples to list them.' : words(over);
  });
  canvas.addEventListener('pointerup', (event) => {
    dragging = false;
    const around = line;
    line = [];
    if (around.length > 4) {
      const found = points.flatMap((point, i) => (inside(around, point) ? [i] : []));
      list(found, `${sampleCount(found.length)} inside the lasso`);
      return;
    }
    const hit = nearest(points, spot(event), REACH);
    at = hit ?? at;
    if (hit !== null) withNearest(hit);
    draw();
  });
  canvas.addEventListener('keydown', (event) => {
    const direction = arrows[event.key];
    if (direction !== undefined) {
      event.preventDefault();
      at = at === null ? nearest(points, { x: SIDE / 2, y: SIDE / 2 }) : towards(points, at, direction);
      if (at !== null) {
        readout.textContent = words(at);
        page.announce(words(at));
      }
      draw();
    } else if (event.key === ' ' && at !== null) {
      event.preventDefault();
      const next = new Set(chosen);
      if (!next.delete(at)) next.add(at);
      list(next, `${sampleCount(next.size)} chosen`);
    } else if (event.key === 'Enter' && at !== null) {
      event.preventDefault();
      withNearest(at);
    } else if (event.key === 'Escape') {
      list([], 'No sample chosen');
    }
  });
  canvas.addEventListener('focus', draw);
  canvas.addEventListener('blur', draw);

  function draw(): void {
    if (context === null) return;
    const style = getComputedStyle(document.body);
    const ink = style.color;
    context.clearRect(0, 0, SIDE, SIDE);
    points.forEach((point, i) => {
      const one = sampleAt(i);
      if (one !== undefined) dot(context, point, one, chosen.size > 0 && !chosen.has(i));
    });
    context.globalAlpha = 1;
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    if (line.length > 1) {
      context.beginPath();
      line.forEach(({ x, y }) => context.lineTo(x, y));
      context.stroke();
    }
    const own = at === null ? undefined : points[at];
    if (own !== undefined) {
      context.beginPath();
      context.arc(own.x, own.y, 8, 0, 2 * Math.PI);
      context.stroke();
    }
  }
  draw();
  return h('div', { class: 'map' }, legend(answer, map), canvas, readout);
}

function place(x: number, y: number): Point {
  const size = SIDE - 2 * MARGIN;
  return { x: MARGIN + x * size, y: MARGIN + (1 - y) * size };
}

/** A dot; a cross for a mistake. */
function dot(context: CanvasRenderingContext2D, { x, y }: Point, sample: PatternSample, faint: boolean): void {
  const colour = classColours[sample.predicted % classColours.length] ?? '#888888';
  context.globalAlpha = faint ? 0.2 : 0.85;
  context.beginPath();
  if (isMistake(sample)) {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    for (const [dx, dy] of [
      [1, 1],
      [1, -1],
    ] as const) {
      context.moveTo(x - 4 * dx, y - 4 * dy);
      context.lineTo(x + 4 * dx, y + 4 * dy);
    }
    context.stroke();
    return;
  }
  context.fillStyle = colour;
  context.arc(x, y, DOT, 0, 2 * Math.PI);
  context.fill();
}

function legend(answer: PatternsResponse, { space, layer }: MapReport): HTMLElement {
  const used = [...new Set(answer.samples.map(({ predicted }) => predicted))].sort((a, b) => a - b);
  const keys = used.flatMap((own) => {
    const mark = h('span', { class: 'key', 'aria-hidden': 'true' }, '●');
    mark.style.setProperty('color', classColours[own % classColours.length] ?? '#888888');
    return [mark, data(labelOf(answer, own)), ' '];
  });
  const near = layer === null ? `Near: alike ${space}.` : `Near: alike in layer ${inert(layer)}.`;
  return h(
    'p',
    {},
    'Predicted: ',
    ...keys,
    h('span', { class: 'dim' }, `A cross is a mistake. ${near} Distances between far groups mean little.`),
  );
}
