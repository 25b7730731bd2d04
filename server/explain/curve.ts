/** The saturation curve: S and p along the path, and how much of the integral is gathered where. */
import type { PathReport } from '../protocol';
import type { Station } from './path';

/**
 * @param paths Stations of every baseline's path, each holding both ends and any nodes, in any order. Only α that
 *   all paths have are shown; values are means over the paths.
 */
export function pathReport(paths: readonly (readonly Station[])[], frames: PathReport['frames']): PathReport {
  const sorted = paths.map((path) => new Map(path.map((station) => [station.alpha, station])));
  const alphas = [...(sorted[0]?.keys() ?? [])]
    .filter((alpha) => sorted.every((path) => path.has(alpha)))
    .sort((a, b) => a - b);
  const mean = (read: (station: Station) => number): number[] =>
    alphas.map(
      (alpha) => sorted.reduce((sum, path) => sum + read(path.get(alpha) as Station), 0) / Math.max(sorted.length, 1),
    );
  const isKnown = paths.every((path) => path.every(({ probability }) => probability !== null));
  const scores = mean((station) => station.score);
  const [first, last] = [scores[0] ?? 0, scores.at(-1) ?? 0];
  return {
    alphas,
    scores,
    probabilities: isKnown ? mean((station) => station.probability ?? 0) : null,
    // By the chain rule the integral up to α is S(α) − S(0).
    share: scores.map((score) => (last === first || score === first ? 0 : (score - first) / (last - first))),
    frames,
  };
}
