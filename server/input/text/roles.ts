/** Which input of a text model is which. */
import { UserError } from '../../errors';
import { describeInput } from '../model-input';
import type { InputSpec } from '../model-input';

export type Role = 'ids' | 'mask' | 'types' | 'positions';

export interface TextInputs {
  readonly roles: readonly { readonly role: Role; readonly input: InputSpec }[];
  /** The sequence length, where the model fixes it. */
  readonly length: number | null;
}

/** In this order: `attention_mask` before anything that merely contains “input”. */
const names: readonly { readonly role: Role; readonly pattern: RegExp }[] = [
  { role: 'mask', pattern: /mask$/ },
  { role: 'types', pattern: /tokentype|segment|typeids$/ },
  { role: 'positions', pattern: /position/ },
  { role: 'ids', pattern: /inputids|tokenids|wordids|^ids$|^tokens?$|^words?$|^inputs?$|^text$|^x$/ },
];

const numeric = new Set(['int64', 'int32', 'float32', 'float64', 'bool', 'uint8', 'int8', 'int16', 'uint32']);

/**
 * Matches inputs by name; a single one, or the one that is left over, is the token ids.
 * @throws UserError `unknown-model-input`, `wrong-input-type`, `wrong-input-shape`.
 */
export function textInputs(inputs: readonly InputSpec[]): TextInputs {
  const roles = inputs.map((input) => ({ input, role: roleOf(input.name) }));
  const known = roles.flatMap(({ input, role }) => (role === null ? [] : [{ input, role }]));
  const unmatched = roles.filter(({ role }) => role === null).map(({ input }) => input);
  const hasIds = known.some(({ role }) => role === 'ids');
  const leftOver = hasIds ? undefined : inputs.length === 1 ? inputs[0] : unmatched[0];
  if (!hasIds && leftOver === undefined) throw unknown(inputs, 'the model has no input for token ids');
  const rest = unmatched.filter((input) => input !== leftOver);
  const matched = known.filter(({ input }) => input !== leftOver);
  if (leftOver !== undefined) matched.unshift({ input: leftOver, role: 'ids' });
  const twice = matched.find(({ role }, index) => matched.findIndex((item) => item.role === role) !== index);
  const extra = rest[0] ?? twice?.input;
  if (extra !== undefined) throw unknown(inputs, `nothing is known to feed the input “${extra.name}” with`);
  matched.forEach(({ input }) => check(input));
  const fixed = matched.flatMap(({ input }) => {
    const size = input.type.shape?.[1];
    return typeof size === 'number' ? [size] : [];
  });
  return { roles: matched, length: fixed[0] ?? null };
}

function roleOf(name: string): Role | null {
  const plain = (name.replace(/:\d+$/, '').split('/').at(-1) ?? name).toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return names.find(({ pattern }) => pattern.test(plain))?.role ?? null;
}

function check(input: InputSpec): void {
  if (!numeric.has(input.type.dtype))
    throw new UserError('wrong-input-type', `a text model reads token ids, not ${input.type.dtype}`, {
      where: describeInput(input),
      next: 'set "input": { "kind": … } to what this model reads',
    });
  if (input.type.shape !== undefined && input.type.shape.length !== 2)
    throw new UserError('wrong-input-shape', 'a text model reads [batch, sequence]', {
      where: describeInput(input),
      next: 'export the model with inputs of two dimensions',
    });
}

function unknown(inputs: readonly InputSpec[], what: string): UserError {
  return new UserError('unknown-model-input', what, {
    where: inputs.map(describeInput).join('; '),
    next: 'text models may read input_ids, attention_mask, token_type_ids and position_ids: export without the others',
  });
}
