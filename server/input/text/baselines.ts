/** Baselines of text: content tokens replaced, special tokens and padding as in the sample. */
import { UserError } from '../../errors';
import type { BaselineInfo } from '../../protocol';
import { tensorOf, valuesOf } from '../model-input';
import type { Baseline, EncodedSample } from '../types';
import type { SpecialToken, Tokens } from './tokenization';

interface Offer {
  readonly info: BaselineInfo;
  readonly token: SpecialToken | null;
}

/** `[PAD]` first where there is one, else zeros at the embedding. */
export function textBaselines(tokens: Tokens): readonly Offer[] {
  const zero: Offer = {
    info: { id: 'zero', label: 'zero embedding', description: 'Embeddings of zeros instead of the words.' },
    token: null,
  };
  const offer = (id: string, token: SpecialToken | null, description: string): readonly Offer[] =>
    token === null ? [] : [{ info: { id, label: token.token, description }, token }];
  return [
    ...offer('pad', tokens.pad, 'Every word replaced by the padding token.'),
    zero,
    ...offer('mask', tokens.mask, 'Every word replaced by the mask token.'),
    ...offer('unk', tokens.unknown, 'Every word replaced by the unknown token.'),
  ];
}

/** @throws UserError `no-such-baseline`. */
export function textBaseline(offers: readonly Offer[], sample: EncodedSample, id: string, idsInput: string): Baseline {
  const offer = offers.find((item) => item.info.id === id);
  if (offer === undefined)
    throw new UserError('no-such-baseline', `this model has no baseline “${id}”`, {
      next: `choose one of ${offers.map((item) => item.info.id).join(', ')}`,
    });
  const { label } = offer.info;
  if (offer.token === null) return { id, label, kind: 'zero-entries' };
  const original = sample.feeds[idsInput];
  const featureOf = sample.featureOf[idsInput];
  if (original === undefined || featureOf === undefined) throw new Error(`sample without ${idsInput}`);
  const replacement = offer.token.id;
  const ids = valuesOf(original).map((value, index) => {
    const feature = featureOf[index] as number;
    return feature < 0 || sample.fixed.has(feature) ? value : replacement;
  });
  const changed = tensorOf(original.dtype, ids, original.dims);
  return { id, label, kind: 'feeds', feeds: [{ ...sample.feeds, [idsInput]: changed }] };
}
