/** Where a result goes and in which form. */
import { writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { UserError } from '../errors';
import { bytes } from '../render/numbers';
import { visible } from '../render/text';
import type { TerminalStyle } from '../render/terminal';
import type { Io } from './io';
import { choice, wrongUse } from './options';
import type { Syntax, Values } from './options';

export type Format = 'terminal' | 'json' | 'html' | 'png' | 'npy' | 'junit' | 'sarif' | 'markdown' | 'table' | 'arrow';

export interface Destination<Offered extends Format = Format> {
  readonly format: Offered;
  /** Absolute path; null: standard output. */
  readonly file: string | null;
}

const byEnding: Readonly<Record<string, Format>> = {
  '.json': 'json',
  '.html': 'html',
  '.png': 'png',
  '.npy': 'npy',
  '.xml': 'junit',
  '.sarif': 'sarif',
  '.md': 'markdown',
  '.arrow': 'arrow',
  '.feather': 'arrow',
};

/** `--format` decides, then the ending of `--out`, then the terminal. A contradiction of the two is an error. */
export function destination<Offered extends Format>(
  values: Values,
  command: Syntax,
  cwd: string,
  offered: readonly Offered[],
): Destination<Offered> {
  const wanted = choice(values.one('format'), 'format', offered, command);
  const out = values.one('out');
  if (out === '') throw wrongUse('--out wants a file', command);
  const ending = out === undefined ? undefined : byEnding[extname(out).toLowerCase()];
  if (ending !== undefined && wanted !== undefined && ending !== wanted)
    throw wrongUse(`--format ${wanted} contradicts the file's ending`, command, undefined, out);
  const format: Format | undefined = wanted ?? ending ?? (out === undefined ? 'terminal' : undefined);
  if (format === 'npy' && !isOffered(format, offered))
    throw wrongUse(`${command.name} has no relevance array to write`, command, undefined, out);
  if (format === undefined || !isOffered(format, offered))
    throw wrongUse(
      `the ending of --out names no form that ${command.name} has (${offered.join(', ')})`,
      command,
      undefined,
      out,
    );
  return { format, file: out === undefined ? null : resolve(cwd, out) };
}

function isOffered<Offered extends Format>(format: Format, offered: readonly Offered[]): format is Offered {
  return (offered as readonly Format[]).includes(format);
}

/** Writes a result where it belongs; for a file one line on stderr says so. */
export async function deliver(data: string | Uint8Array, to: Destination, io: Io, command: Syntax): Promise<void> {
  if (to.file === null) {
    if (typeof data !== 'string' && io.stdout.isTerminal)
      throw wrongUse('a picture is not written to a terminal', command, undefined, '--format png: add --out FILE.png');
    io.stdout.write(data);
    return;
  }
  try {
    await writeFile(to.file, data);
  } catch (cause) {
    throw new UserError('cannot-write', 'The file cannot be written', {
      where: `${to.file}: ${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'}`,
      next: 'choose another place for --out',
      cause,
    });
  }
  const size = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
  io.stderr.write(`wrote ${visible(to.file)} (${bytes(size)})\n`);
}

/** Colours only where the output is a terminal and nobody asked for none (no-color.org). */
export function terminalStyle(values: Values, io: Io): TerminalStyle {
  const { env } = io;
  const off =
    !io.stdout.isTerminal || values.flag('no-color') || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const full = /^(truecolor|24bit)$/i.test(env['COLORTERM'] ?? '') || env['WT_SESSION'] !== undefined;
  return {
    colour: off ? 'none' : full ? 'truecolour' : '256',
    theme: lightBackground(env['COLORFGBG']) ? 'light' : 'dark',
    columns: io.stdout.columns ?? 80,
  };
}

/** Some terminals tell their colours as `foreground;background` of the 16 basic ones: 7 and 15 are light. */
function lightBackground(colours: string | undefined): boolean {
  const background = colours?.split(';').at(-1);
  return background === '7' || background === '15';
}
