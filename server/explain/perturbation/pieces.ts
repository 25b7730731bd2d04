/** What is taken away together: tokens, columns, superpixels. */
import { UserError } from '../../errors';
import { numberParameter } from '../parameters';
import type { MethodContext } from '../types';
import type { ParameterDefinition, Warning } from '../../protocol';
import { superpixels } from './superpixels';

/** Features of one piece. */
export type Piece = readonly number[];

export interface Pieces {
  readonly all: readonly Piece[];
  /** Says what was put together where that is not a single token or column. */
  readonly warnings: readonly Warning[];
}

/** More are put together: coalitions of them could not be told apart with a few thousand evaluations. */
const MOST = 512;

export const segmentsParameter: ParameterDefinition = {
  name: 'segments',
  type: 'integer',
  default: 50,
  minimum: 2,
  maximum: MOST,
  description: 'Superpixels that a picture is cut into, about (SLIC); tokens and columns are pieces of their own',
};

/**
 * Pictures are cut into superpixels, everything else into its features; more than 512 of them into runs of neighbours.
 * @throws UserError `nothing-to-replace` where every feature is fixed.
 */
export function piecesOf(context: MethodContext): Pieces {
  const { sample, parameters } = context;
  if (sample.grid !== null)
    return { all: superpixels(context, sample.grid, numberParameter(parameters, 'segments')), warnings: [] };
  const free = Array.from({ length: sample.count }, (_, i) => i).filter((feature) => !sample.fixed.has(feature));
  if (free.length === 0)
    throw new UserError('nothing-to-replace', 'There is nothing in this sample that could be taken away', {
      next: 'choose a sample with at least one word or column',
    });
  const length = Math.ceil(free.length / MOST);
  if (length === 1) return { all: free.map((feature) => [feature]), warnings: [] };
  return {
    all: Array.from({ length: Math.ceil(free.length / length) }, (_, i) => free.slice(i * length, (i + 1) * length)),
    warnings: [
      {
        code: 'pieces-of-several',
        message: `The sample has ${free.length} features: ${length} neighbours at a time are taken away together and share their value.`,
      },
    ],
  };
}
