/** Models that predict at every position: which one a result is about, and what is said at the others. */
import type { Features, Positions, PositionPrediction } from '../protocol';
import { dim, fit, width } from './ansi';
import { probability } from './numbers';
import type { TerminalStyle } from './terminal';
import { shorten, visible } from './text';

interface Placed {
  readonly positions?: Positions;
  readonly features: Features;
}

/** `token 5 “Paris” (of 12; the masked token)`; null for models with one prediction. */
export function positionWords({ positions, features }: Placed): string | null {
  const chosen = positions?.all[positions.chosen];
  if (positions === undefined || chosen === undefined) return null;
  const why = positions.because === null ? '' : `; chosen as ${positions.because}`;
  return `${nameOf(chosen, features)} (of ${positions.all.length}${why})`;
}

/** One line for every position: its number, what lies there, what the model says. */
export function positionLines({ positions, features }: Placed, { colour }: TerminalStyle): string[] {
  if (positions === undefined) return [];
  const texts = positions.all.map((one) => shorten(visible(textOf(one, features)), 24));
  const column = Math.max(...texts.map(width), 0);
  return positions.all.map((one, index) => {
    const label = shorten(visible(one.label), 32);
    const line = `${index === positions.chosen ? '▶' : ' '} ${String(one.feature + 1).padStart(4)}  ${fit(texts[index] ?? '', column)}  ${probability(one.probability)}  ${label}`;
    return index === positions.chosen ? line : dim(line, colour);
  });
}

function nameOf(one: PositionPrediction, features: Features): string {
  const text = textOf(one, features);
  if (features.kind !== 'tokens') return `position ${one.feature + 1}`;
  return `token ${one.feature + 1} “${shorten(text, 24)}”`;
}

function textOf({ feature }: PositionPrediction, features: Features): string {
  if (features.kind !== 'tokens') return '';
  const token = features.tokens[feature];
  return token === undefined ? '' : token.special || token.text === '' ? token.token : token.text;
}
