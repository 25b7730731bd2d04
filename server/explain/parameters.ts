/** Parameters of a method: checked against its own definitions, defaults filled in. */
import { UserError } from '../errors';
import type { MethodInfo, ParameterDefinition, Parameters, ParameterValue } from '../protocol';

/** @throws UserError `unknown-parameter`, `bad-parameter`. */
export function resolveParameters(info: MethodInfo, given: Parameters): Record<string, ParameterValue> {
  for (const name of Object.keys(given))
    if (!info.parameters.some((definition) => definition.name === name))
      throw new UserError('unknown-parameter', `${info.name} has no parameter “${name}”`, {
        next:
          info.parameters.length === 0
            ? 'it has none'
            : `it has ${info.parameters.map((definition) => definition.name).join(', ')}`,
      });
  return Object.fromEntries(
    info.parameters.map((definition) => [definition.name, check(definition, given[definition.name])]),
  );
}

function check(definition: ParameterDefinition, given: ParameterValue | undefined): ParameterValue {
  if (given === undefined) return definition.default;
  const value = fromText(definition, given);
  const { name, type, minimum = -Infinity, maximum = Infinity, choices } = definition;
  const fail = (what: string): never => {
    throw new UserError('bad-parameter', `Parameter ${name} is ${JSON.stringify(given)}, not ${what}`, {
      next: definition.description,
    });
  };
  switch (type) {
    case 'integer':
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) return fail('a number');
      if (type === 'integer' && !Number.isInteger(value)) return fail('a whole number');
      return value < minimum || value > maximum ? fail(`between ${minimum} and ${maximum}`) : value;
    case 'boolean':
      return typeof value === 'boolean' ? value : fail('true or false');
    case 'choice':
      return typeof value === 'string' && choices?.includes(value) === true
        ? value
        : fail(`one of ${choices?.join(', ') ?? ''}`);
    case 'layer':
    case 'text':
      return typeof value === 'string' ? value : fail('a text');
  }
}

const texts: ReadonlySet<ParameterDefinition['type']> = new Set(['text', 'choice', 'layer']);

/** The command line gives everything as text. */
function fromText(definition: ParameterDefinition, given: ParameterValue): ParameterValue {
  if (typeof given !== 'string' || texts.has(definition.type)) return given;
  if (definition.type === 'boolean') return given === 'true' ? true : given === 'false' ? false : given;
  return given.trim() === '' ? given : Number(given);
}

/** A number parameter that `resolveParameters` has checked. */
export function numberParameter(parameters: Parameters, name: string): number {
  return Number(parameters[name]);
}
