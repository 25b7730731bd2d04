/** The score of coalitions of pieces: those in it have the sample's values, the others a baseline's. */
import { UserError } from '../../errors';
import { chunks, forwardRows } from '../runs';
import type { Meter } from '../runs';
import { scoreOf } from '../scores';
import type { MethodContext } from '../types';
import type { Piece } from './pieces';
import { replacer } from './replacing';

/** 1 where a piece is in it, [pieces]. */
export type Coalition = Uint8Array;

export interface Game {
  readonly players: number;
  /** S with all pieces, and with none: v(N) and v(∅). */
  readonly full: number;
  readonly empty: number;
  /** S of coalitions, the mean over the baselines. */
  scores(coalitions: readonly Coalition[]): Promise<Float64Array>;
}

/**
 * @param pieces What is taken away together.
 * @param total Coalitions that will be asked for, for the progress shown.
 */
export async function newGame(
  context: MethodContext,
  meter: Meter,
  pieces: readonly Piece[],
  total: number,
): Promise<Game> {
  const { baselines, target, model, sample } = context;
  if (baselines.length === 0)
    throw new UserError('no-baseline', 'There is nothing to put in place of what is taken away');
  const others = baselines.map((baseline) => replacer(context, baseline));
  let done = 0;
  const scores = async (coalitions: readonly Coalition[]): Promise<Float64Array> => {
    const sums = new Float64Array(coalitions.length);
    let at = 0;
    for (const rows of chunks(coalitions, context.chunk)) {
      context.progress(Math.min(done, total), total, 'Taking pieces away');
      for (const { row, feedEntries } of others) {
        const logits = await forwardRows(
          context,
          meter,
          rows.map((coalition) => row(absent(coalition, pieces))),
          feedEntries,
        );
        logits.forEach((one, i) => {
          sums[at + i] = (sums[at + i] as number) + scoreOf(target, one, model.output) / others.length;
        });
      }
      at += rows.length;
      done += rows.length;
    }
    return sums;
  };
  const [empty = NaN] = await scores([new Uint8Array(pieces.length)]);
  return { players: pieces.length, full: scoreOf(target, sample.logits, model.output), empty, scores };
}

/** What the values of all pieces sum to, for methods that promise it. */
export const shareOut = ({ full, empty }: Game) => ({ score: full, baselineScore: empty, expected: full - empty });

function absent(coalition: Coalition, pieces: readonly Piece[]): number[] {
  return pieces.flatMap((piece, i) => (coalition[i] === 0 ? piece : []));
}
