/** Units of a class for a terminal: influence, activation, and the samples that excite each. */
import { dim } from './ansi';
import { signed, significant } from './numbers';
import type { TerminalStyle } from './terminal';
import { visible } from './text';
import { targetWords } from './words';
import type { UnitsResponse } from '../protocol';

export function unitsText(
  { layer, target, dataset, averagedOver, units }: UnitsResponse,
  style: TerminalStyle,
): string {
  const shape = layer.shape.map((size) => size ?? '?').join('×');
  const lines = [
    `${visible(layer.op)} ${visible(layer.value)} (${shape}) · ${targetWords(target)}`,
    dim(`influence averaged over ${averagedOver} samples of ${visible(dataset)}`, style.colour),
    '',
    'unit    influence   activation   excited most by',
    ...units.map(({ unit, influence, activation, examples }) => {
      const names = examples.map(({ title, gold }) => `${visible(title)}${gold === null ? '' : ` (${visible(gold)})`}`);
      const row = `${String(unit).padStart(4)}  ${signed(influence).padStart(11)}  ${significant(activation).padStart(11)}   `;
      return `${row}${fitting(names, Math.max(20, style.columns - row.length))}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

/** As many names as fit, whole; at least one. */
function fitting(names: readonly string[], columns: number): string {
  let line = names[0] ?? '';
  for (const name of names.slice(1)) {
    if (line.length + 2 + name.length > columns) break;
    line = `${line}, ${name}`;
  }
  return line;
}
