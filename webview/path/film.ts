/** The film strip: interior gradients × (x − x′) on the way from baseline to sample. */
import type { PathReport } from '../../server/protocol/explanation';
import type { Features } from '../../server/protocol/features';
import type { Theme } from '../../server/render/colour';
import { scaleLimit } from '../../server/render/colour';
import { significant } from '../../server/render/numbers';
import { h } from '../widgets/dom';
import { colourise, magnitudeAt, sortedMagnitudes } from '../image/layers';

/** Frames side by side (pictures) or one above another (tokens, columns: one cell per feature). */
export function filmStrip(path: PathReport, features: Features, scale: 'frame' | 'common', theme: Theme): HTMLElement {
  const limits = path.frames.map(({ relevance }) =>
    features.kind === 'pixels' ? magnitudeAt(sortedMagnitudes(relevance), 99.5) : scaleLimit(relevance),
  );
  const common = Math.max(0, ...limits);
  const grid = features.kind === 'pixels' ? { width: features.width, height: features.height } : null;
  const frames = path.frames.map(({ alpha, relevance }, index) => {
    const limit = scale === 'common' ? common : (limits[index] ?? 0);
    const width = grid?.width ?? relevance.length;
    const height = grid?.height ?? 1;
    return h(
      'figure',
      { class: grid === null ? 'frame row' : 'frame' },
      heat(
        relevance,
        width,
        height,
        limit,
        theme,
        `Relevance at α = ${significant(alpha, 2)}, largest ${significant(limits[index] ?? 0, 2)}`,
      ),
      h('figcaption', {}, `α ${significant(alpha, 2)}`),
    );
  });
  const unit = {
    tokens: 'One cell per token. ',
    columns: 'One cell per column. ',
    elements: 'One cell per element. ',
    pixels: '',
  }[features.kind];
  const said =
    scale === 'common'
      ? `All frames on one scale: full colour is ${significant(common, 2)}.`
      : 'Each frame on its own scale: strengths of different frames cannot be compared.';
  return h(
    'div',
    { class: 'film' },
    h('div', { class: grid === null ? 'frames rows' : 'frames' }, ...frames),
    h('p', { class: 'dim' }, unit + said),
  );
}

function heat(
  relevance: Float32Array,
  width: number,
  height: number,
  limit: number,
  theme: Theme,
  label: string,
): HTMLElement {
  const canvas = h('canvas', { width, height, role: 'img', 'aria-label': label });
  const pixels = new Uint8ClampedArray(colourise(relevance, limit, theme));
  if (pixels.length === width * height * 4 && pixels.length > 0)
    canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}
