/** `model-blame units`: a class asked about without a sample. */
import { unitsText } from '../../render/units';
import { choice, pair, wrongUse } from '../options';
import { deliver, destination, terminalStyle } from '../output';
import { withServices } from '../request';
import type { Invocation } from '../types';

const distributions = ['dataset', 'class'] as const;

export async function units({ command, values, io }: Invocation): Promise<void> {
  const to = destination(values, command, io.cwd, ['terminal', 'json']);
  const target = values.one('target');
  if (target === undefined) throw wrongUse('which class? name it with --target', command);
  const against = values.one('contrast');
  const options = new Map(values.all('option').map((given) => pair(given, 'option', command)));
  const unknown = [...options.keys()].find(
    (key) => !['layer', 'distribution', 'draws', 'units', 'examples'].includes(key),
  );
  if (unknown !== undefined)
    throw wrongUse(
      'options are layer, distribution, draws, units and examples',
      command,
      undefined,
      `--option ${unknown}`,
    );
  const count = (key: string): Record<string, number> => {
    const given = options.get(key);
    if (given === undefined) return {};
    if (!/^[1-9]\d{0,5}$/.test(given)) throw wrongUse(`${key} is a number from 1`, command, undefined, given);
    return { [key]: Number(given) };
  };
  const request = {
    address: null,
    model: values.one('model') ?? null,
    target:
      against === undefined
        ? ({ kind: 'class', class: target } as const)
        : ({ kind: 'contrast', class: target, against } as const),
    layer: options.get('layer') ?? null,
    distribution: choice(options.get('distribution'), 'option', distributions, command) ?? 'dataset',
    ...count('draws'),
    ...count('units'),
    ...count('examples'),
  };
  const answer = await withServices(io, values, (services, more) => services.units(request, more));
  const text =
    to.format === 'json' ? `${JSON.stringify(answer, null, 2)}\n` : unitsText(answer, terminalStyle(values, io));
  await deliver(text, to, io, command);
}
