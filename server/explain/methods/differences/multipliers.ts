/** DeepLIFT's multipliers against several references: R = m ⊙ (x − x′), averaged. */
import { UserError } from '../../../errors';
import { names } from '../../../program/types';
import type { ProgramSpec } from '../../../program/types';
import { zeroElements } from '../../outcome';
import type { Elements } from '../../outcome';
import type { Reference } from '../../references';
import { floats, stack } from '../../rows';
import { chunks, relevanceRun, relevanceSpec, splitRows, tensorOf } from '../../runs';
import type { Meter } from '../../runs';
import type { MethodContext } from '../../types';
import type { ParameterDefinition } from '../../../protocol';

/** Which rule carries activations. */
export const variantParameter: ParameterDefinition = {
  name: 'variant',
  type: 'choice',
  default: 'rescale',
  choices: ['rescale', 'reveal-cancel'],
  description:
    'Rule of activations: rescale (Δy/Δx), or reveal-cancel, which tells positive from negative contributions where an activation follows a dense layer or a convolution (and is rescale elsewhere)',
};

/** The program that computes multipliers. */
export const specOf = (context: MethodContext): ProgramSpec =>
  relevanceSpec(context, { rules: 'deeplift', options: { variant: context.parameters['variant'] } });

/**
 * References are packed as rows of one batch beside the sample.
 * @throws UserError `target-unfit` for targets that are not linear in the logits: there m would be no multiplier.
 */
export async function differences(
  context: MethodContext,
  meter: Meter,
  references: readonly Reference[],
): Promise<Elements> {
  if (context.target.head !== 'linear')
    throw new UserError('target-unfit', 'DeepLIFT explains a logit or a difference of two logits', {
      where: `the target is ${context.target.head}`,
      next: 'ask for the class’ logit, or for a contrast with one other class',
    });
  const spec = specOf(context);
  const elements = zeroElements(context);
  let done = 0;
  for (const rows of chunks(references, context.chunk)) {
    context.progress(done, references.length, 'Comparing with references');
    const feeds = Object.fromEntries(
      context.entries.map(({ value }) => [
        names.twin('reference', value),
        stack(rows.map(({ entries }) => tensorOf(entries, value))),
      ]),
    );
    const outputs = await relevanceRun(
      context,
      meter,
      spec,
      rows.map(() => context.sample.entries),
      feeds,
    ).catch((error: unknown) => {
      throw undefinedThere(error);
    });
    for (const [entry, sum] of Object.entries(elements)) {
      const x = floats(context.sample.entries[entry], entry);
      const multipliers = splitRows(floats(outputs[names.relevance(entry)], entry), rows.length);
      rows.forEach((row, k) => {
        const [from, m] = [floats(row.entries[entry], entry), multipliers[k] as Float32Array];
        for (let i = 0; i < sum.length; i += 1) {
          const part = (m[i] as number) * ((x[i] as number) - (from[i] as number));
          sum[i] = (sum[i] as number) + part / references.length;
        }
      });
    }
    done += rows.length;
  }
  return elements;
}

/** The sample was predicted before: what is not finite now comes from the reference (a division by 0, say). */
function undefinedThere(error: unknown): unknown {
  if (!(error instanceof UserError) || error.code !== 'non-finite') return error;
  return new UserError('undefined-there', 'Against this baseline a multiplier of DeepLIFT is not finite', {
    ...(error.where === undefined ? {} : { where: error.where }),
    next: 'choose another baseline: the model divides by 0 there, or takes a logarithm or root of it',
    cause: error,
  });
}
