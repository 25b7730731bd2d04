/** Checks the parsed file against `schemas/model-blame.schema.json`, the same schema editors complete from. */
import { Ajv } from 'ajv';
import checksSchema from '../../schemas/modelcheck.schema.json';
import schema from '../../schemas/model-blame.schema.json';
import type { ErrorObject, ValidateFunction } from 'ajv';

/** A violation: where in the data (a path of keys and indices), and what. */
export interface Violation {
  readonly code: 'unknown-property' | 'missing-property' | 'wrong-type' | 'wrong-value';
  readonly path: readonly (string | number)[];
  /** The offending property of the object at `path`, for `unknown-property`. */
  readonly property?: string;
  readonly message: string;
  readonly next?: string;
}

/** `workspace`: `model-blame.json`; `checks`: a `*.modelcheck.json`. */
export type FileKind = 'workspace' | 'checks';

/** Compiled in half of the time, in which the server answers nobody; files are small, and checked seldom. */
const QUICK = { code: { optimize: false }, inlineRefs: false } as const;

const compiled = new Map<FileKind, ValidateFunction>();

export function validate(data: unknown, kind: FileKind = 'workspace'): readonly Violation[] {
  const check = compiled.get(kind) ?? compile(kind);
  compiled.set(kind, check);
  if (check(data)) return [];
  const errors = check.errors ?? [];
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf');
  return errors.filter((error) => isOwn(error, choices)).map(violation);
}

function compile(kind: FileKind): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: false, ...QUICK });
  if (kind === 'checks') return ajv.compile(checksSchema);
  return ajv.addSchema(checksSchema).compile(schema);
}

/** The frame of an `if` and the branches of an `anyOf` only repeat what another error says. */
function isOwn(error: ErrorObject, choices: readonly ErrorObject[]): boolean {
  if (error.keyword === 'if' || error.keyword === 'propertyNames') return false;
  const inside = ({ instancePath }: ErrorObject): boolean =>
    error.instancePath === instancePath || error.instancePath.startsWith(`${instancePath}/`);
  return choices.includes(error) || !choices.some(inside);
}

function violation(error: ErrorObject): Violation {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const params = error.params as Record<string, unknown>;
  const parent = error.parentSchema as { description?: string; properties?: Record<string, unknown> } | undefined;
  const name = path.at(-1) ?? 'the file';
  switch (error.keyword) {
    case 'additionalProperties': {
      const property = String(params['additionalProperty']);
      const known = Object.keys(parent?.properties ?? {}).filter((key) => key !== '$schema');
      return {
        code: 'unknown-property',
        path,
        property,
        message: `Unknown property "${property}".`,
        next: `Known here: ${known.join(', ')}.`,
      };
    }
    case 'required':
      return {
        code: 'missing-property',
        path,
        message: `"${String(params['missingProperty'])}" is missing${path.length > 0 ? ` in "${name}"` : ''}.`,
      };
    case 'type':
      return {
        code: 'wrong-type',
        path,
        message: `"${name}" must be ${[params['type']].flat().join(' or ')}, not ${typeName(error.data)}.`,
      };
    case 'enum':
      return {
        code: 'wrong-value',
        path,
        message: `"${name}" must be one of ${(params['allowedValues'] as unknown[]).join(', ')}.`,
      };
    case 'anyOf':
      return {
        code: 'wrong-value',
        path,
        message: `"${name}" does not fit.`,
        ...(parent?.description === undefined ? {} : { next: parent.description }),
      };
    default:
      return { code: 'wrong-value', path, message: `"${name}" ${error.message ?? 'is not valid'}.` };
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
