/** The service behind `units`: a class asked about without a sample. */
import { chooseModel } from './choose';
import { targetOf } from './quantities';
import { populationOf } from './population';
import type { ClassUnits } from '../compute/unit-types';
import type { ClassUnit, UnitsRequest, UnitsResponse } from '../protocol';
import type { Compute } from '../compute/types';
import type { Population, PopulationContext } from './population';
import type { RequestOptions } from './types';

const DRAWS = 200;
const UNITS = 10;
const EXAMPLES = 5;

export async function units(
  context: PopulationContext & { readonly compute: Compute },
  request: UnitsRequest,
  options: RequestOptions = {},
): Promise<UnitsResponse> {
  const address = request.address ?? ({ kind: 'text', text: '' } as const);
  const chosen = await chooseModel(context, address, request.model);
  const model = await context.loader.load(chosen, context.engine, options.signal);
  const population = await populationOf(context, model, { count: request.draws ?? DRAWS, seed: 0 }, options);
  const computed = await context.compute.units(
    {
      model: model.source,
      labels: model.labels,
      target: targetOf(model, request.target),
      layer: request.layer ?? '',
      members: population.members,
      onlyOwnClass: request.distribution === 'class',
    },
    options,
  );
  return {
    layer: computed.layer,
    target: computed.target,
    dataset: population.dataset,
    averagedOver: computed.averagedOver,
    units: strongest(computed, request.units ?? UNITS).map((unit) =>
      reportOf(computed, population, model.labels, unit, request.examples ?? EXAMPLES),
    ),
  };
}

/** Units by |χ|, ties in their order. */
function strongest({ influence }: ClassUnits, most: number): number[] {
  const order = Array.from(influence.keys());
  const size = (unit: number): number => Math.abs(influence[unit] as number);
  return order.sort((a, b) => size(b) - size(a) || a - b).slice(0, most);
}

function reportOf(
  { influence, activations }: ClassUnits,
  { members, addresses }: Population,
  labels: readonly string[],
  unit: number,
  most: number,
): ClassUnit {
  const width = influence.length;
  const excited = members.map((_, row) => ({ row, activation: activations[row * width + unit] as number }));
  const mean = excited.reduce((sum, { activation }) => sum + activation, 0) / Math.max(1, excited.length);
  excited.sort((a, b) => b.activation - a.activation || a.row - b.row);
  const examples = excited.slice(0, most).flatMap(({ row, activation }) => {
    const [member, address] = [members[row], addresses[row]];
    if (member === undefined || address === undefined) return [];
    const gold = member.gold === null ? null : (labels[member.gold] ?? `class ${member.gold}`);
    return [{ address, title: member.title, gold, activation }];
  });
  return { unit, influence: influence[unit] as number, activation: mean, examples };
}
