/** `model-blame rules MODEL`: which rule LRP gives to every node, without running anything. */
import { resultJson } from '../../render/json';
import { rulesText } from '../../render/rules';
import { deliver, destination, terminalStyle } from '../output';
import { wrongUse } from '../options';
import { givenOptions } from '../parameters';
import { withServices } from '../request';
import type { Invocation } from '../types';

export async function rules({ command, values, positionals, io }: Invocation): Promise<void> {
  const to = destination(values, command, io.cwd, ['terminal', 'json']);
  const [named] = positionals;
  const model = values.one('model');
  if (named !== undefined && model !== undefined) throw wrongUse('the model is given twice', command, undefined, named);
  const composite = values.one('composite');
  const parameters = givenOptions(values, command, composite === undefined ? [] : [['composite', composite]]);
  const answer = await withServices(io, values, (services) =>
    services.rules({ model: named ?? model ?? null, parameters }),
  );
  const text = to.format === 'json' ? resultJson(answer) : rulesText(answer, terminalStyle(values, io));
  await deliver(text, to, io, command);
}
