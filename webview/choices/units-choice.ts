/** Explaining through chosen units of a layer: parameter `units` of the layer methods. Pure. */
import type { MethodChoice } from '../../server/protocol/catalogue';
import type { Parameters } from '../../server/protocol/explanation';

/** The method through whose units one can look: the one in use, else the simplest of its family; null: none fits. */
export function throughUnits(methods: readonly MethodChoice[], current: string | null): string | null {
  const able = methods.filter(
    ({ info, unfit }) => unfit === null && info.parameters.some((parameter) => parameter.name === 'units'),
  );
  const best =
    able.find(({ info }) => info.id === current) ??
    able.find(({ info }) => info.id === 'layer-gradient-x-activation') ??
    able[0];
  return best?.info.id ?? null;
}

/** `3,17` → 3 and 17. */
export function chosenUnits(parameters: Parameters): readonly number[] {
  const text = String(parameters['units'] ?? '').trim();
  return text === '' ? [] : text.split(',').map(Number).filter(Number.isInteger);
}

/** The unit alone; added to or taken from the others with `add`; the only one chosen is let go of. */
export function toggled(chosen: readonly number[], unit: number, add: boolean): readonly number[] {
  const has = chosen.includes(unit);
  if (!add) return has && chosen.length === 1 ? [] : [unit];
  return has ? chosen.filter((other) => other !== unit) : [...chosen, unit].sort((a, b) => a - b);
}

/** The layer is named with its units: a number means nothing without it. */
export function withUnits(parameters: Parameters, layer: string, units: readonly number[]): Parameters {
  const { units: _before, ...rest } = parameters;
  return { ...rest, layer, ...(units.length === 0 ? {} : { units: units.join(',') }) };
}
