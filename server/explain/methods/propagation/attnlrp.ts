import type { Value } from '../../../graph/types';
import { names } from '../../../program/types';
import type { ProgramSpec } from '../../../program/types';
import { accounting } from '../../accounting';
import { placesOf } from '../../places';
import { magnitudes, pooling } from '../../pooling';
import { absorbedOf, balances } from '../../propagation';
import { floats } from '../../rows';
import { newMeter, relevanceRun, relevanceSpec } from '../../runs';
import { scoreOf } from '../../scores';
import type { Attribution, Method, MethodContext } from '../../types';
import { cancelling, fixedShare } from '../../warnings';
import { needsRules } from '../unfit';
import { info } from './attnlrp-info';
import { embeddingSums } from './positions';

/**
 * AttnLRP (Achtibat et al. 2024): relevance through transformers, as one backward pass that carries c = R/a and ends
 * with `R = x ⊙ c`; x are the entry values, the word embeddings for token models. `server/program/rules/attnlrp` has
 * the rules. Accounting: `expected` is Σ f ∂S/∂f at the logits, `position` what went to position and segment
 * embeddings, `absorbed` what biases and softmax kept.
 */
export const attnlrp: Method = {
  info,
  batches: false,
  // Relevance over the embedding (R/x), as the program carries it: multiply with the embedding.
  exports: 'relevance',
  exportRules: (_model, { variant }) => ({ rules: 'attnlrp', options: { variant } }),
  unfit: (model) => needsRules(model, 'attnlrp'),
  run: explain,
};

async function explain(context: MethodContext): Promise<Attribution> {
  const { sample, entries, model, target, parameters } = context;
  const { logits } = model.output;
  const meter = newMeter();
  const sums = embeddingSums(
    model.graph,
    entries.map(({ value }) => value),
  );
  const inner = [...new Set(sums.values())];
  const spec: ProgramSpec = relevanceSpec(context, {
    rules: 'attnlrp',
    options: { variant: parameters['variant'] },
    at: [logits, ...inner],
    values: inner,
    ...(context.conservation ? { conservation: true } : {}),
  });
  const { trace } = await context.executable(spec);
  const outputs = await relevanceRun(context, meter, spec, [sample.entries]);
  const ratio = (value: Value): Float32Array => floats(outputs[names.relevance(value)], names.relevance(value));
  const products = Object.fromEntries(
    entries.map(({ value }) => [value, multiplied(floats(sample.entries[value], value), ratio(value))]),
  );
  const places = placesOf(entries, sample);
  const pool = pooling(places, sample.count);
  pool.add(products);
  const relevance = Float32Array.from(pool.features());
  const score = scoreOf(target, sample.logits, model.output);
  const started = total(multiplied(sample.logits, ratio(logits)));
  const summed = inner.reduce((sum, value) => sum + total(multiplied(floats(outputs[value], value), ratio(value))), 0);
  const words = [...sums.keys()].reduce((sum, value) => sum + total(products[value] ?? new Float32Array(0)), 0);
  const position = summed - words;
  const base = accounting({ relevance, sum: pool.sum, score, expected: started, evaluations: meter.evaluations });
  const balance = {
    ...base,
    ...(inner.length === 0 ? {} : { position }),
    ...absorbedOf(started, pool.sum + position, score),
  };
  const table = outputs[names.conservation];
  return {
    relevance,
    ...magnitudes(products, places, sample),
    accounting: balance,
    path: null,
    ...(table === undefined ? {} : { conservation: balances(table, trace) }),
    warnings: [...cancelling(balance), ...fixedShare(relevance, sample.fixed)],
    modelMilliseconds: meter.milliseconds,
    programKey: meter.programKey,
  };
}

function multiplied(x: Float32Array, c: Float32Array): Float32Array {
  return x.map((value, index) => value * (c[index] as number));
}

function total(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
