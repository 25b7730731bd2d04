/** Reads what a person typed for a parameter. Pure. */
import type { ParameterDefinition } from '../../server/protocol/catalogue';
import type { ParameterValue } from '../../server/protocol/explanation';

export type Parsed =
  | { readonly ok: true; readonly value: ParameterValue }
  /** One sentence: what would fit. */
  | { readonly ok: false; readonly problem: string };

export function parseParameter(definition: ParameterDefinition, text: string): Parsed {
  switch (definition.type) {
    case 'boolean':
      return { ok: true, value: text === 'true' };
    case 'layer':
    case 'text':
      return { ok: true, value: text };
    case 'choice':
      if (definition.choices?.includes(text) === true) return { ok: true, value: text };
      return { ok: false, problem: `Choose one of ${(definition.choices ?? []).join(', ')}.` };
    case 'integer':
    case 'number':
      return parseNumber(definition, text.trim());
  }
}

function parseNumber(definition: ParameterDefinition, text: string): Parsed {
  const { minimum = -Infinity, maximum = Infinity } = definition;
  const value = Number(text);
  const integer = definition.type === 'integer';
  if (text === '' || !Number.isFinite(value) || (integer && !Number.isInteger(value)))
    return { ok: false, problem: integer ? 'Enter a whole number.' : 'Enter a number.' };
  if (value < minimum) return { ok: false, problem: `At least ${minimum}.` };
  if (value > maximum) return { ok: false, problem: `At most ${maximum}.` };
  return { ok: true, value };
}
