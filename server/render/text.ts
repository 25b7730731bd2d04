/**
 * Dataset text is data: shown to people it must be visible and inert. Control characters, ANSI escapes, bidirectional
 * overrides and zero-width characters become symbols; everything else stays as it is. Pure; no Node, no DOM.
 *
 * A page sets pieces as text (never as markup) and isolates each in a `<bdi>`; the terminal prints `visible(text)`.
 */

/** A run of ordinary characters, or one character that would not be seen or would do something. */
export type TextPiece =
  | { readonly kind: 'plain'; readonly text: string }
  /** `text` is the symbol shown, `name` what it stands for, with its code point. */
  | { readonly kind: 'symbol'; readonly text: string; readonly name: string };

/** Names of C0 controls, by code. */
const controls =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  );
/** Short names of characters that change the direction of text, have no width, or end a line elsewhere. */
const named: Readonly<Record<number, readonly [string, string]>> = {
  0x007f: ['DEL', 'delete'],
  0x00ad: ['SHY', 'soft hyphen'],
  0x034f: ['CGJ', 'combining grapheme joiner'],
  0x061c: ['ALM', 'Arabic letter mark'],
  0x115f: ['HCF', 'Hangul choseong filler'],
  0x1160: ['HJF', 'Hangul jungseong filler'],
  0x180e: ['MVS', 'Mongolian vowel separator'],
  0x200b: ['ZWSP', 'zero-width space'],
  0x200c: ['ZWNJ', 'zero-width non-joiner'],
  0x200d: ['ZWJ', 'zero-width joiner'],
  0x200e: ['LRM', 'left-to-right mark'],
  0x200f: ['RLM', 'right-to-left mark'],
  0x2028: ['LS', 'line separator'],
  0x2029: ['PS', 'paragraph separator'],
  0x202a: ['LRE', 'left-to-right embedding'],
  0x202b: ['RLE', 'right-to-left embedding'],
  0x202c: ['PDF', 'pop directional formatting'],
  0x202d: ['LRO', 'left-to-right override'],
  0x202e: ['RLO', 'right-to-left override'],
  0x2060: ['WJ', 'word joiner'],
  0x2066: ['LRI', 'left-to-right isolate'],
  0x2067: ['RLI', 'right-to-left isolate'],
  0x2068: ['FSI', 'first strong isolate'],
  0x2069: ['PDI', 'pop directional isolate'],
  0x3164: ['HF', 'Hangul filler'],
  0xfeff: ['BOM', 'byte-order mark'],
  0xffa0: ['HWHF', 'half-width Hangul filler'],
};

// Cc controls, Cf formats, Cs lone surrogates; and what has no width though it counts as letter, mark or space.
const hidden =
  /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]|\u034f|\u115f|\u1160|\u180e|\u3164|\uffa0|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}]/u;

/**
 * Matches what is hidden, and first (group 1) the places where such a character is ordinary spelling: inside an emoji
 * (selectors, joiners, the three flags made of tags) and inside words of cursive and Indic scripts. Compiled at the
 * first text that is not plain ASCII: it takes milliseconds that a help text need not wait for.
 */
let splitter: RegExp | undefined;

function hiddenOrSpelled(): RegExp {
  if (splitter !== undefined) return splitter;
  const picture = '\\p{Extended_Pictographic}(?:\\ufe0f|\\p{Emoji_Modifier})?';
  const flags = ['gbeng', 'gbsct', 'gbwls'].map((name) =>
    name.replace(/./g, (letter) => `\\u{${(0xe0000 + letter.charCodeAt(0)).toString(16)}}`),
  );
  const emoji = `\\u{1f3f4}(?:${flags.join('|')})\\u{e007f}|${picture}(?:\\u200d${picture})*|\\p{Emoji}\\ufe0f`;
  const scripts =
    'Arabic Syriac Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Khmer Mongolian';
  const joined = scripts
    .split(' ')
    .map((script) => `\\p{Script=${script}}`)
    .join('');
  const joiner = `(?<=[${joined}\\p{M}])(?:\\u200c|\\u200d)(?=[${joined}])`;
  splitter = new RegExp(`(${emoji}|${joiner})|${hidden.source}`, 'gu');
  return splitter;
}

export interface VisibleOptions {
  /** Keep tabs, line feeds and CRLF (as a line feed), for what preserves white space; symbols by default. */
  readonly keepLayout?: boolean;
}

/** Splits text into what can be shown as it is and symbols for what cannot. A leading combining mark gets a `◌`. */
export function pieces(text: string, options: VisibleOptions = {}): TextPiece[] {
  if (text === '') return [];
  if (/^[\x20-\x7e]+$/.test(text)) return [{ kind: 'plain', text }];
  return split(options.keepLayout === true ? text.replaceAll('\r\n', '\n') : text, options);
}

function split(text: string, options: VisibleOptions): TextPiece[] {
  const result: TextPiece[] = [];
  let plain = /^(?!\u034f|[\ufe00-\ufe0f])\p{M}/u.test(text) ? '◌' : '';
  let from = 0;
  for (const match of text.matchAll(hiddenOrSpelled())) {
    const [found, spelled] = match;
    const kept = spelled !== undefined || isLayout(found, options);
    plain += text.slice(from, match.index) + (kept ? found : '');
    from = match.index + found.length;
    if (kept) continue;
    if (plain !== '') result.push({ kind: 'plain', text: plain });
    plain = '';
    result.push(symbol(found.codePointAt(0) ?? 0));
  }
  plain += text.slice(from);
  if (plain !== '') result.push({ kind: 'plain', text: plain });
  return result;
}

/** The text with symbols in place of what would be hidden or active: safe in a terminal, one line by default. */
export function visible(text: string, options: VisibleOptions = {}): string {
  return pieces(text, options)
    .map((piece) => piece.text)
    .join('');
}

/** Escapes for HTML text and quoted attributes; the caller makes the text visible first. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** At most `limit` characters (code points), cut in the middle with `…`: for titles and error lines. */
export function shorten(text: string, limit: number): string {
  const characters = Array.from(text);
  if (characters.length <= limit) return text;
  const head = Math.ceil((limit - 1) / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (limit - 1 - head)).join('')}`;
}

function isLayout(found: string, options: VisibleOptions): boolean {
  return options.keepLayout === true && (found === '\n' || found === '\t');
}

/** Short names, as fonts rarely have the control pictures (U+2400 …); code points for what has no name. */
function symbol(code: number): TextPiece {
  const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  if (code === 0x0a) return { kind: 'symbol', text: '↵', name: `line feed ${point}` };
  if (code === 0x09) return { kind: 'symbol', text: '⇥', name: `tab ${point}` };
  if (code < 0x20) return { kind: 'symbol', text: `⟨${controls[code] ?? ''}⟩`, name: `control ${point}` };
  const known = named[code];
  if (known !== undefined) return { kind: 'symbol', text: `⟨${known[0]}⟩`, name: `${known[1]} ${point}` };
  return { kind: 'symbol', text: `⟨${point}⟩`, name: `hidden character ${point}` };
}
