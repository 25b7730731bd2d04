/** Composites of the workspace file: known by name to a person, by content to a method. */
import { UserError } from '../errors';
import { reservedComposites } from '../workspace/compositeChecks';
import type { Parameters } from '../protocol';
import type { LoadedWorkspace } from '../workspace/locate';

/**
 * The parameters with a composite of the workspace file in place of its name; as they are for the program's own.
 * @throws UserError `unknown-composite`.
 */
export function withComposite(parameters: Parameters, workspace: LoadedWorkspace | null): Parameters {
  const name = parameters['composite'];
  const own = workspace?.file.composites ?? {};
  if (typeof name !== 'string' || reservedComposites.includes(name) || name.trimStart().startsWith('{'))
    return parameters;
  if (!Object.hasOwn(own, name)) throw unknownComposite(name, Object.keys(own));
  return { ...parameters, composite: JSON.stringify({ name, ...own[name] }) };
}

function unknownComposite(name: string, own: readonly string[]): UserError {
  const known = reservedComposites.join(', ');
  return new UserError('unknown-composite', `There is no composite “${name}”`, {
    next:
      own.length > 0
        ? `choose one of this folder’s ${own.join(', ')}, or of ${known}`
        : `choose one of ${known}, or define it under "composites" in model-blame.json`,
  });
}

/** The parameters with the name of a composite in place of its content, for results. */
export function withCompositeName(parameters: Parameters): Parameters {
  const text = parameters['composite'];
  if (typeof text !== 'string' || !text.startsWith('{"name":')) return parameters;
  const { name } = JSON.parse(text) as { readonly name?: unknown };
  return typeof name === 'string' ? { ...parameters, composite: name } : parameters;
}
