/** Units of a layer over many samples: how much the score moves with each, and what excites it. */
import { throwIfCancelled, UserError } from '../errors';
import { defaultLayer } from '../explain/layers';
import { layoutOf, perUnit, sliceOf } from '../explain/methods/layers/slice';
import { floats } from '../explain/rows';
import { resolveTarget } from '../explain/targets';
import { f32 } from '../graph/tensor';
import { names } from '../program/types';
import { refusePositions } from './attribute';
import type { LoadedModel } from './models';
import type { Lease } from './sessions';
import type { ComputeOptions } from './types';
import type { ClassUnits, ClassUnitsRequest } from './unit-types';

/** @throws UserError `target-needs-class`, `unknown-class`, `unknown-layer`, `no-members`. */
export async function classUnits(
  { model, engine }: LoadedModel,
  lease: Lease,
  request: ClassUnitsRequest,
  { signal, progress }: ComputeOptions,
): Promise<ClassUnits> {
  refusePositions(model);
  const { classes, single } = model.output;
  if (request.target.kind === 'predicted' || classes === null)
    throw new UserError('target-needs-class', 'Without a sample there is no predicted class', {
      next: 'name a class (--target), or two (--target and --contrast)',
    });
  const logits = new Float32Array(single ? 1 : classes);
  const { target, resolved } = resolveTarget(request.target, logits, model.output, request.labels);
  const slice = sliceOf(model, { layer: request.layer }, defaultLayer);
  const { value } = slice.layer;
  const spec = {
    kind: 'relevance',
    head: resolved.head,
    rules: 'gradient',
    entries: [],
    at: [value],
    values: [value],
  } as const;
  const executable = await lease.get(engine, model, spec);
  const seed = f32(resolved.seed, [1, resolved.seed.length]);
  let influence: Float64Array | null = null;
  let activations = new Float32Array(0);
  let averagedOver = 0;
  for (const [row, member] of request.members.entries()) {
    throwIfCancelled(signal);
    progress?.(row, request.members.length, 'Samples of the dataset');
    const outputs = await executable.run({ ...member.feeds, [names.seed]: seed }, signal);
    const layout = layoutOf(slice, outputs[value]?.dims ?? []);
    if (row === 0) activations = new Float32Array(request.members.length * layout.units);
    activations.set(
      perUnit(layout, floats(outputs[value], value)).map((sum) => sum / layout.places),
      row * layout.units,
    );
    if (request.onlyOwnClass && member.gold !== resolved.class) continue;
    const slopes = perUnit(layout, floats(outputs[names.relevance(value)], names.relevance(value)));
    const sum: Float64Array = influence ?? new Float64Array(layout.units);
    slopes.forEach((slope, unit) => (sum[unit] = (sum[unit] as number) + slope));
    influence = sum;
    averagedOver += 1;
  }
  if (influence === null)
    throw new UserError('no-members', 'No sample of the dataset has this class as its gold label', {
      next: 'average over the whole dataset, or name the label column in model-blame.json',
    });
  return {
    layer: slice.layer,
    target,
    averagedOver,
    influence: influence.map((sum) => sum / averagedOver),
    activations,
  };
}
