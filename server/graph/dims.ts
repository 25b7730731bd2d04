/**
 * Arithmetic on sizes that may be names. A symbolic size is written as a polynomial with integer coefficients in a
 * canonical spelling (`2*batch*sequence+1`), so equal sizes have equal spellings. Quotients that are not exact
 * become one opaque atom, `floor(p/q)`. An atom is an identifier or `<anything>`.
 */
import type { Dim } from './types';

/** Monomial (sorted atoms joined by `*`, `''` for the constant term) to coefficient. */
type Polynomial = ReadonlyMap<string, number>;

const parsed = new Map<string, Polynomial>();

/** Splits at separators outside brackets. */
function split(text: string, separators: string): { part: string; before: string }[] {
  const parts: { part: string; before: string }[] = [];
  let depth = 0;
  let start = 0;
  let before = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === '(' || char === '<') depth += 1;
    else if (char === ')' || char === '>') depth -= 1;
    else if (depth === 0 && separators.includes(char) && index > start) {
      parts.push({ part: text.slice(start, index), before });
      before = char;
      start = index + 1;
    }
  }
  parts.push({ part: text.slice(start), before });
  return parts;
}

function parse(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
  const known = parsed.get(dim);
  if (known !== undefined) return known;
  const result = new Map<string, number>();
  for (const { part, before } of split(dim, '+-')) {
    let coefficient = before === '-' ? -1 : 1;
    const atoms: string[] = [];
    for (const { part: factor } of split(part.startsWith('-') ? `-1*${part.slice(1)}` : part, '*')) {
      const value = Number(factor);
      if (Number.isInteger(value)) coefficient *= value;
      else atoms.push(factor);
    }
    addTerm(result, atoms.sort().join('*'), coefficient);
  }
  if (parsed.size > 20_000) parsed.clear();
  parsed.set(dim, result);
  return result;
}

function addTerm(into: Map<string, number>, monomial: string, coefficient: number): void {
  const sum = (into.get(monomial) ?? 0) + coefficient;
  if (sum === 0) into.delete(monomial);
  else into.set(monomial, sum);
}

function print(polynomial: Polynomial): Dim {
  const constant = polynomial.get('') ?? 0;
  if (polynomial.size === (constant === 0 ? 0 : 1)) return constant;
  let text = '';
  for (const monomial of [...polynomial.keys()].filter((key) => key !== '').sort()) {
    const coefficient = polynomial.get(monomial) ?? 0;
    const sign = coefficient < 0 ? '-' : text === '' ? '' : '+';
    const size = Math.abs(coefficient);
    text += `${sign}${size === 1 ? '' : `${size}*`}${monomial}`;
  }
  return constant === 0 ? text : `${text}${constant < 0 ? '-' : '+'}${Math.abs(constant)}`;
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = new Map(parse(a));
  for (const [monomial, coefficient] of parse(b)) addTerm(sum, monomial, coefficient);
  return print(sum);
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  // + 0 turns −0 into 0, which has one spelling.
  if (typeof a === 'number' && typeof b === 'number') return a * b + 0;
  const product = new Map<string, number>();
  for (const [left, x] of parse(a)) {
    for (const [right, y] of parse(b)) {
      addTerm(product, multiplyMonomials(left, right), x * y);
    }
  }
  return print(product);
}

function atomsOf(monomial: string): string[] {
  return monomial === '' ? [] : split(monomial, '*').map(({ part }) => part);
}

function multiplyMonomials(a: string, b: string): string {
  return [...atomsOf(a), ...atomsOf(b)].sort().join('*');
}

export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(-1, b));
}

export function productOf(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>(multiplyDims, 1);
}

/** a / b where b divides a; undefined where that cannot be seen. */
export function divideExactly(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') return b !== 0 && a % b === 0 ? a / b : undefined;
  const [dividend, divisor] = [parse(a), parse(b)];
  const leading = [...divisor.keys()].sort().at(-1);
  if (leading === undefined) return undefined;
  for (const monomial of dividend.keys()) {
    const quotient = divideMonomials(monomial, leading);
    const coefficient = (dividend.get(monomial) ?? 0) / (divisor.get(leading) ?? 1);
    if (quotient === undefined || !Number.isInteger(coefficient)) continue;
    if (divisor.size === 1) return divideTerms(dividend, leading, divisor.get(leading) ?? 1);
    const candidate = print(new Map([[quotient, coefficient]]));
    if (multiplyDims(candidate, b) === print(dividend)) return candidate;
  }
  return undefined;
}

function divideTerms(dividend: Polynomial, monomial: string, coefficient: number): Dim | undefined {
  const result = new Map<string, number>();
  for (const [term, value] of dividend) {
    const quotient = divideMonomials(term, monomial);
    if (quotient === undefined || !Number.isInteger(value / coefficient)) return undefined;
    result.set(quotient, value / coefficient);
  }
  return print(result);
}

function divideMonomials(a: string, b: string): string | undefined {
  const rest = atomsOf(a);
  for (const atom of atomsOf(b)) {
    const index = rest.indexOf(atom);
    if (index < 0) return undefined;
    rest.splice(index, 1);
  }
  return rest.join('*');
}

/** ⌊a / b⌋, exact or as an opaque atom. */
export function floorDivide(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return Math.floor(a / b) + 0;
  return divideExactly(a, b) ?? `floor((${a})/(${b}))`;
}

/** ⌈a / b⌉ = ⌊(a + b − 1) / b⌋. */
export function ceilDivide(a: Dim, b: Dim): Dim {
  return divideExactly(a, b) ?? floorDivide(addDims(a, subtractDims(b, 1)), b);
}

/** Replaces names by sizes, also inside quotients. */
export function substitute(dim: Dim, sizes: (name: string) => Dim | undefined): Dim {
  if (typeof dim === 'number') return dim;
  let sum: Dim = 0;
  for (const [monomial, coefficient] of parse(dim)) {
    let term: Dim = coefficient;
    for (const atom of atomsOf(monomial)) term = multiplyDims(term, substituteAtom(atom, sizes));
    sum = addDims(sum, term);
  }
  return sum;
}

function substituteAtom(atom: string, sizes: (name: string) => Dim | undefined): Dim {
  if (!atom.startsWith('floor(')) return sizes(atom) ?? atom;
  const [numerator, denominator] = split(atom.slice('floor('.length, -1), '/').map(({ part }) => part.slice(1, -1));
  if (numerator === undefined || denominator === undefined) return atom;
  return floorDivide(substitute(spell(numerator), sizes), substitute(spell(denominator), sizes));
}

/** A size from its spelling: digits are a number. */
export function spell(text: string): Dim {
  return print(parse(text));
}

/** Names a size is made of, those inside quotients included. */
export function namesIn(dim: Dim): Set<string> {
  const names = new Set<string>();
  substitute(dim, (name) => {
    names.add(name);
    return undefined;
  });
  return names;
}

/** Turns any text into an atom: identifiers and atoms stay, the rest is put in angle brackets. */
export function atom(text: string): string {
  if (/^<[^<>()]*>$/.test(text)) return text;
  return /^[A-Za-z_][\w.]*$/.test(text) && !text.startsWith('floor') ? text : `<${text.replace(/[<>()]/g, '_')}>`;
}
