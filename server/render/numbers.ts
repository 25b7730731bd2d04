/** How numbers are written for people: the same in the panel, the terminal and the report. Pure; no Node, no DOM. */

const minus = '\u2212';

/**
 * Three significant digits (or `digits`), without an exponent between 0.0001 and a million: `0.0123`, `1230`,
 * `1.23e−5`. Zero and negative zero are `0`; NaN and infinities are named as they are.
 */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : `${minus}∞`;
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size < 1e-4 || size >= 1e6) {
    const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e');
    return `${mantissa}e${exponent.replace('+', '')}`.replaceAll('-', minus);
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return rounded.toFixed(decimals).replace('-', minus);
}

/** A quantity that a model gives: as exact as single precision is worth, without zeros at the end: `23.4`, `245300 €`. */
export function quantity(value: number, unit?: string): string {
  const short = Number.isFinite(value) ? Number(value.toPrecision(6)) : value;
  const digits = Number.isFinite(short) && Math.abs(short) >= 1e-4 && Math.abs(short) < 1e9;
  const text = digits ? String(short).replace('-', minus) : significant(value, 6);
  return unit === undefined ? text : `${text} ${unit}`;
}

/** Like `significant`, with the sign always shown, `+0.12` or `−0.12`; zero has none. */
export function signed(value: number, digits = 3): string {
  return value > 0 ? `+${significant(value, digits)}` : significant(value, digits);
}

/** A share (0…1) in percent with one decimal: `83.1 %`. Never rounds up to 100 or down to 0: `> 99.9 %`, `< 0.1 %`. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return significant(share);
  const size = Math.abs(share);
  if (size > 0 && size < 0.0005) return `< 0.1 %`;
  if (size < 1 && size >= 0.9995) return `> 99.9 %`;
  const text = (share * 100).toFixed(1).replace(/\.0$/, '').replace('-', minus);
  return `${text} %`;
}

/** A probability, three decimals; never shown as a certainty that it is not: `0.831`, `> 0.999`, `< 0.001`. */
export function probability(value: number): string {
  if (!Number.isFinite(value)) return significant(value);
  if (value > 0 && value < 0.0005) return '< 0.001';
  if (value < 1 && value >= 0.9995) return '> 0.999';
  return value.toFixed(3);
}

/** A duration given in milliseconds: `0.42 ms`, `4.2 ms`, `41 ms`, `1.24 s`, `2 min 5 s`. */
export function milliseconds(value: number): string {
  if (!Number.isFinite(value)) return significant(value);
  if (value < 1) return `${significant(value, 2)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} ms`;
  if (value < 999.5) return `${value.toFixed(0)} ms`;
  if (value < 59_995) return `${significant(value / 1000)} s`;
  const seconds = Math.round(value / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A size in bytes, in powers of 1000: `512 B`, `27.5 MB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let step = 0;
  while (value >= 999.5 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${step === 0 ? value.toFixed(0) : significant(value)} ${units[step] ?? ''}`;
}
