/** The table of lowerings; several lines for one operator are tried in order. */
import { attentions } from './attention';
import { attributesToInputs } from './attributes-to-inputs';
import { changed } from './changed';
import { control } from './control';
import { freeBatch } from './free-batch';
import { fused } from './fused';
import { fusedAttention } from './fused-attention';
import { mlClassifiers } from './ml-classifiers';
import { mlTransforms } from './ml-transforms';
import { newer } from './newer';
import { transposedIds } from './transposed-ids';
import type { Lowering } from './types';

export type { LowerContext, Lowering, Scores } from './types';

const all: readonly Lowering[] = [
  ...attributesToInputs,
  ...changed,
  ...control,
  ...freeBatch,
  ...fused,
  ...fusedAttention,
  ...newer,
  ...attentions,
  ...mlTransforms,
  ...mlClassifiers,
  ...transposedIds,
];

const table = new Map<string, Lowering[]>();
for (const lowering of all) {
  for (const op of lowering.ops) {
    const key = `${lowering.domain}:${op}`;
    table.set(key, [...(table.get(key) ?? []), lowering]);
  }
}

export function lowerings(op: string, domain: string): readonly Lowering[] {
  return table.get(`${domain}:${op}`) ?? [];
}
