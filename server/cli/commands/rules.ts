/** `model-blame rules MODEL`: which rule LRP gives to every node, without running anything. */
import type { Parameters } from '../../protocol';
import { resultJson } from '../../render/json';
import { rulesText } from '../../render/rules';
import { deliver, destination, terminalStyle } from '../output';
import { pair, wrongUse } from '../options';
import { withServices } from '../request';
import type { Invocation } from '../types';

export async function rules({ command, values, positionals, io }: Invocation): Promise<void> {
  const to = destination(values, command, io.cwd, ['terminal', 'json']);
  const [named] = positionals;
  const model = values.one('model');
  if (named !== undefined && model !== undefined) throw wrongUse('the model is given twice', command, undefined, named);
  const given = values.all('option').map((text) => pair(text, 'option', command));
  const composite = values.one('composite');
  if (composite !== undefined) given.push(['composite', composite]);
  const twice = given.find(([name], at) => given.findIndex((other) => other[0] === name) < at);
  if (twice !== undefined) throw wrongUse(`${twice[0]} is given twice`, command);
  const parameters: Parameters = Object.fromEntries(given);
  const answer = await withServices(io, values, (services) =>
    services.rules({ model: named ?? model ?? null, parameters }),
  );
  const text = to.format === 'json' ? resultJson(answer) : rulesText(answer, terminalStyle(values, io));
  await deliver(text, to, io, command);
}
