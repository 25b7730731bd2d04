/** Edits of a workspace file that keep its comments and its formatting. */
import { applyEdits, findNodeAtLocation, modify, parseTree } from 'jsonc-parser';
import type { FormattingOptions, JSONPath, Node } from 'jsonc-parser';

/**
 * Adds a property (or an array item, `key` null) behind the last one. `modify` would reformat the lines around it
 * and move a comment at the end of the last entry's line behind the new one, so the text is inserted by hand.
 */
export function add(text: string, container: JSONPath, key: string | null, value: unknown): string {
  const root = parseTree(text);
  const parent = root === undefined ? undefined : findNodeAtLocation(root, container);
  const last = parent?.children?.at(-1);
  if (parent === undefined || last === undefined) return set(text, [...container, key ?? 0], value);

  const options = formattingOf(text);
  const indent = indentOf(text, last);
  const unit = options.insertSpaces === true ? ' '.repeat(options.tabSize ?? 2) : '\t';
  const end = last.offset + last.length;
  const rest = /^([ \t]*,)?([ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/)?[ \t]*)(?=\r|\n)/.exec(text.slice(end));
  const comma = rest?.[1]?.length ?? commaBehind(text.slice(end, parent.offset + parent.length));
  const json = (spacing?: string): string =>
    `${key === null ? '' : `${JSON.stringify(key)}: `}${JSON.stringify(value, null, spacing)}`;
  if (rest === null || indent === null) {
    const at = end + comma;
    return `${text.slice(0, at)}${comma === 0 ? ',' : ''} ${json()}${text.slice(at)}`;
  }
  const eol = options.eol ?? '\n';
  const block = json(unit).replaceAll('\n', `${eol}${indent}`);
  const behind = text.slice(end + rest[0].length);
  return `${text.slice(0, end)},${rest[2] ?? ''}${eol}${indent}${block}${behind}`;
}

/** Takes an item out of an array, with its comma and, where it has lines of its own, with these. */
export function removeItem(text: string, array: JSONPath, index: number): string {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const parent = root === undefined ? undefined : findNodeAtLocation(root, array);
  const node = parent?.children?.[index];
  if (parent === undefined || node === undefined) return text;
  const end = node.offset + node.length;
  const comma = commaBehind(text.slice(end, parent.offset + parent.length));
  const before = parent.children?.[index - 1];
  const isLast = index === (parent.children?.length ?? 0) - 1;
  const lines = /^[ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/)?[ \t]*(?:\r\n|\n|\r)/.exec(
    text.slice(end + comma),
  );
  const indent = indentOf(text, node);
  const [from, to] =
    lines !== null && indent !== null
      ? [node.offset - indent.length, end + comma + lines[0].length]
      : isLast
        ? [node.offset - (/[ \t]*$/.exec(text.slice(0, node.offset))?.[0].length ?? 0), end + comma]
        : [node.offset, end + comma + (/^[ \t]*/.exec(text.slice(end + comma))?.[0].length ?? 0)];
  const behind = text.slice(to);
  if (!isLast || before === undefined || comma > 0) return text.slice(0, from) + behind;
  // The item before is the last one now.
  const last = before.offset + before.length;
  const at = last + commaBehind(text.slice(last, node.offset));
  return text.slice(0, at - 1) + text.slice(at, from) + behind;
}

/** Characters up to and with the next comma; 0 where something else comes first. */
function commaBehind(rest: string): number {
  return /^(?:\s|\/\*[^]*?\*\/|\/\/.*)*?,/.exec(rest)?.[0].length ?? 0;
}

/** White space before a node that begins its line; null when something else stands before it. */
function indentOf(text: string, node: Node): string | null {
  return /(?:^|[\r\n])([ \t]*)$/.exec(text.slice(0, node.offset))?.[1] ?? null;
}

/** Sets a value. */
export function set(text: string, path: JSONPath, value: unknown): string {
  return applyEdits(text, modify(text, path, value, { formattingOptions: formattingOf(text) }));
}

function formattingOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 4 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
