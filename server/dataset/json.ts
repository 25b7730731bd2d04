/** Fields of one JSON record; nested keys are joined with a dot. */
import { parseTree } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';
import { UserError } from '../errors';
import { escapedText, field, plainText } from './field';
import type { UnitMap } from './field';
import type { Locator } from './positions';
import type { Field } from './types';

/** Deeper nesting than any dataset has, and shallower than the parser's stack. */
const DEEPEST = 200;

/**
 * @param record The record's text.
 * @throws UserError `malformed-json` with line and column; `json-too-deep`.
 */
export function jsonFields(record: string, locate: Locator, where: string): readonly Field[] {
  checkDepth(record, where);
  checkSyntax(record, locate, where);
  const root = parseTree(record);
  if (root === undefined) return [];
  const fields = new Map<string, Field>();
  for (const item of flatten(root, '', record, locate)) fields.set(item.name, item);
  return [...fields.values()];
}

function flatten(node: Node, name: string, record: string, locate: Locator): readonly Field[] {
  const children = node.children ?? [];
  if (node.type === 'object')
    return children.flatMap((property) => {
      const [key, value] = property.children ?? [];
      if (key === undefined || value === undefined) return [];
      return flatten(value, name === '' ? String(key.value) : `${name}.${String(key.value)}`, record, locate);
    });
  if (node.type === 'array' && name === '')
    return children.flatMap((value, index) => flatten(value, `column ${index + 1}`, record, locate));
  return [leaf(node, name === '' ? 'value' : name, record, locate)];
}

function leaf(node: Node, name: string, record: string, locate: Locator): Field {
  const raw = record.slice(node.offset, node.offset + node.length);
  if (node.type !== 'string')
    return field(name, typeOf(node), plainText(node.type === 'null' ? '' : raw, node.offset, locate));
  const content = raw.slice(1, -1);
  const text = String(node.value);
  const start = node.offset + 1;
  return field(
    name,
    'string',
    content.includes('\\') ? escapedText(text, start, () => escapes(content), locate) : plainText(text, start, locate),
  );
}

function typeOf(node: Node): Field['type'] {
  if (node.type === 'number' || node.type === 'boolean' || node.type === 'null') return node.type;
  return 'other';
}

/** An escape is one unit of text: six of source for `\u00e9`, two for the others. */
function escapes(raw: string): UnitMap {
  const map = new Uint32Array(raw.length + 1);
  let unit = 0;
  for (let at = 0; at < raw.length; at++) {
    map[unit++] = at;
    if (raw[at] === '\\') at += raw[at + 1] === 'u' ? 5 : 1;
  }
  map[unit] = raw.length;
  return map.subarray(0, unit + 1);
}

/** The strict parser decides what JSON is; the tolerant one only says where things are. */
function checkSyntax(record: string, locate: Locator, where: string): void {
  try {
    JSON.parse(record);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const at = Number(/at position (\d+)/.exec(message)?.[1] ?? firstProblem(record));
    const place = locate(at, at);
    throw new UserError('malformed-json', 'this record is not valid JSON', {
      where: `${where}, line ${place.line}, column ${place.range.start.character + 1}`,
      next: 'a dataset of JSON lines has one complete JSON object on every line',
      uri: place.uri,
      range: place.range,
      cause,
    });
  }
}

/** Not every message of the strict parser names a position. */
function firstProblem(record: string): number {
  const errors: ParseError[] = [];
  parseTree(record, errors, { disallowComments: true });
  return errors[0]?.offset ?? record.length;
}

function checkDepth(record: string, where: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < record.length; at++) {
    const code = record.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > DEEPEST)
        throw new UserError('json-too-deep', `JSON is nested more than ${DEEPEST} levels deep`, { where });
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}
