/** `--option key=value`, typed by the method's own definitions. */
import { UserError } from '../errors';
import type { ChoicesResponse, ParameterDefinition, Parameters, ParameterValue } from '../protocol';
import { pair, wrongUse } from './options';
import type { Syntax, Values } from './options';

/**
 * @param choices Asked only when an option is given.
 * @throws UserError `unknown-parameter`, `bad-parameter`, `unknown-method`.
 */
export async function methodParameters(
  values: Values,
  command: Syntax,
  choices: () => Promise<ChoicesResponse>,
): Promise<Parameters> {
  const given = values.all('option').map((text) => pair(text, 'option', command));
  if (given.length === 0) return {};
  const { methods, defaultMethod, baselines, defaultBaseline } = await choices();
  const id = values.one('method') ?? defaultMethod;
  const info = methods.find((method) => method.info.id === id)?.info;
  if (info === undefined)
    throw new UserError('unknown-method', `There is no method “${id}”`, {
      next: `choose one of ${methods.map((method) => method.info.id).join(', ')}`,
    });
  const baselineId = values.one('baseline') ?? info.defaultBaseline ?? defaultBaseline;
  const baseline = info.usesBaseline ? baselines.find((candidate) => candidate.id === baselineId) : undefined;
  const known = [...info.parameters, ...(baseline?.parameters ?? [])];
  const result: Record<string, ParameterValue> = {};
  for (const [name, text] of given) {
    const definition = known.find((parameter) => parameter.name === name);
    if (definition === undefined)
      throw new UserError('unknown-parameter', `${info.name} has no parameter “${name}”`, {
        where: '--option',
        next: known.length > 0 ? `it has ${known.map((parameter) => parameter.name).join(', ')}` : 'it has none',
      });
    if (Object.hasOwn(result, name)) throw wrongUse(`--option ${name} is given twice`, command);
    result[name] = parseParameter(definition, text);
  }
  return result;
}

/** `--option key=value` as texts, for commands without a sample: the method's own check gives them their types. */
export function givenOptions(
  values: Values,
  command: Syntax,
  more: readonly (readonly [string, string])[] = [],
): Parameters {
  const given = [...values.all('option').map((text) => pair(text, 'option', command)), ...more];
  const twice = given.find(([name], at) => given.findIndex((other) => other[0] === name) < at);
  if (twice !== undefined) throw wrongUse(`${twice[0]} is given twice`, command);
  return Object.fromEntries(given);
}

/** @throws UserError `bad-parameter`: not of the type, out of bounds, not among the choices. */
export function parseParameter(definition: ParameterDefinition, text: string): ParameterValue {
  const wants = (what: string) =>
    new UserError('bad-parameter', `Parameter ${definition.name} wants ${what}, not “${text}”`, {
      where: '--option',
      next: definition.description,
    });
  switch (definition.type) {
    case 'layer':
    case 'text':
      return text;
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw wants('true or false');
      return text === 'true';
    case 'choice':
      if (definition.choices?.includes(text) !== true) throw wants(`one of ${definition.choices?.join(', ') ?? ''}`);
      return text;
    case 'integer':
    case 'number': {
      const value = text.trim() === '' ? NaN : Number(text);
      const whole = definition.type === 'integer';
      if (!Number.isFinite(value) || (whole && !Number.isInteger(value)))
        throw wants(whole ? 'a whole number' : 'a number');
      const { minimum = -Infinity, maximum = Infinity } = definition;
      if (value < minimum) throw wants(`at least ${minimum}`);
      if (value > maximum) throw wants(`at most ${maximum}`);
      return value;
    }
  }
}
