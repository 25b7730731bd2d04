/** Line charts as inline SVG: the saturation curve S(α), p(α) and the share of the integral. Colours are classes. */
import type { PathReport } from '../protocol';
import { significant } from './numbers';
import { escapeHtml } from './text';

const size = { width: 268, height: 160, left: 48, right: 12, top: 12, bottom: 28 };

/** The charts of a path, one figure each; empty without a path of at least two points. */
export function pathCharts(path: PathReport | null): string[] {
  if (path === null || path.alphas.length < 2) return [];
  const { alphas, scores, probabilities, share } = path;
  return [
    chart('Score S(α) from baseline (0) to sample (1)', alphas, scores),
    ...(probabilities === null ? [] : [chart('Probability p(α) of the class', alphas, probabilities, [0, 1])]),
    ...(share.length === alphas.length ? [chart('Share of the integral gathered up to α', alphas, share)] : []),
  ];
}

/** @param bounds Ends of the y axis; from the values when left out. */
function chart(
  title: string,
  xs: readonly number[],
  ys: readonly number[],
  bounds?: readonly [number, number],
): string {
  const low = bounds?.[0] ?? Math.min(0, ...ys);
  const high = bounds?.[1] ?? Math.max(0, ...ys);
  const range = high > low ? high - low : 1;
  const x = (value: number) => size.left + value * (size.width - size.left - size.right);
  const y = (value: number) =>
    size.height - size.bottom - ((value - low) / range) * (size.height - size.top - size.bottom);
  const points = xs.map((alpha, i) => `${x(alpha).toFixed(1)},${y(ys[i] ?? 0).toFixed(1)}`).join(' ');
  const tick = (value: number) =>
    `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>` +
    `<text class="tick" x="${size.left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${significant(value, 2)}</text>`;
  const alphas = [0, 0.5, 1].map(
    (value) =>
      `<text class="tick" x="${x(value).toFixed(1)}" y="${size.height - 8}" text-anchor="middle">${value === 0.5 ? 'α' : value}</text>`,
  );
  const ticks = [...new Set([low, (low + high) / 2, high])].map(tick);
  const name = `${title}: ${significant(ys[0] ?? 0)} to ${significant(ys.at(-1) ?? 0)}`;
  return [
    `<figure><svg viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-label="${escapeHtml(name)}">`,
    ...ticks,
    ...alphas,
    `<polyline class="curve" points="${points}"/>`,
    `</svg><figcaption>${escapeHtml(title)}</figcaption></figure>`,
  ].join('');
}
