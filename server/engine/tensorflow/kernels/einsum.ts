/** Einsum: operands are joined two at a time; each pair is a matrix product over the letters that both have. */
import * as tf from '@tensorflow/tfjs-core';
import { textOf } from '../../../graph/attributes';
import { sizeOf } from '../../../graph/tensor';
import { first, onDevice } from '../operands';
import type { Kernel, KernelEntry } from '../types';
import { need, range, repeatTo } from './common';
import { product } from './linear';
import type { BackendName } from '../types';

interface Term {
  readonly letters: readonly string[];
  readonly tensor: tf.Tensor;
}

const einsum: Kernel = (call) => {
  const equation = textOf(call.node, 'equation', '').replace(/\s/g, '');
  const [left = '', right] = equation.split('->');
  const terms = left.split(',').map((spelled, index) => termOf(spelled, first(need(call, index))));
  const output = right === undefined ? implied(left, terms) : lettersOf(right, ellipsisOf(terms));
  let [result, ...rest] = terms.map(diagonal) as [Term, ...Term[]];
  while (rest.length > 0) {
    const [next, ...others] = rest as [Term, ...Term[]];
    const later = new Set([...output, ...others.flatMap(({ letters }) => letters)]);
    result = join(result, next, later, call.backend);
    rest = others;
  }
  return onDevice(need(call, 0).dtype, arranged(summed(result, new Set(output)), output));
};

/** Axes of an ellipsis are named by digits, counted from the right. */
function lettersOf(spelled: string, ellipsis: number): string[] {
  const [before = '', after = ''] = spelled.split('...');
  const dots = spelled.includes('...') ? range(ellipsis).map((at) => String(ellipsis - 1 - at)) : [];
  return [...Array.from(before), ...dots, ...Array.from(after)];
}

function termOf(spelled: string, tensor: tf.Tensor): Term {
  const named = spelled.replace('...', '').length;
  return { letters: lettersOf(spelled, tensor.rank - named), tensor };
}

const ellipsisOf = (terms: readonly Term[]): number =>
  Math.max(0, ...terms.map(({ letters }) => letters.filter((letter) => /\d/.test(letter)).length));

/** Without an arrow: the ellipsis, then the letters that occur once in alphabetical order. */
function implied(left: string, terms: readonly Term[]): string[] {
  const all = left.replace(/[,.]/g, '');
  const once = [...new Set(all)].filter((letter) => all.split(letter).length === 2).sort();
  return [...(left.includes('...') ? lettersOf('...', ellipsisOf(terms)) : []), ...once];
}

/** A letter twice in one term: only elements with equal indices count. */
function diagonal(term: Term): Term {
  const twice = term.letters.findIndex((letter, at) => term.letters.indexOf(letter) !== at);
  if (twice < 0) return term;
  const { tensor, letters } = term;
  const once = letters.indexOf(letters[twice] as string);
  const size = tensor.shape[once] as number;
  const mask = tf.reshape(
    tf.eye(size),
    tensor.shape.map((_, axis) => (axis === once || axis === twice ? size : 1)),
  );
  const kept = tf.sum(tf.mul(tensor, mask), twice);
  return diagonal({ tensor: kept, letters: letters.filter((_, at) => at !== twice) });
}

/** Sums over letters that nobody needs. */
function summed({ tensor, letters }: Term, needed: ReadonlySet<string>): Term {
  const axes = letters.flatMap((letter, axis) => (needed.has(letter) ? [] : [axis]));
  if (axes.length === 0) return { tensor, letters };
  return { tensor: tf.sum(tensor, axes), letters: letters.filter((letter) => needed.has(letter)) };
}

function arranged({ tensor, letters }: Term, order: readonly string[]): tf.Tensor {
  const perm = order.map((letter) => letters.indexOf(letter));
  return perm.every((from, to) => from === to) ? tensor : tf.transpose(tensor, perm);
}

function join(a: Term, b: Term, later: ReadonlySet<string>, backend: BackendName): Term {
  const left = summed(a, new Set([...later, ...b.letters]));
  const right = summed(b, new Set([...later, ...a.letters]));
  const both = left.letters.filter((letter) => right.letters.includes(letter));
  const sizes = new Map<string, number>();
  for (const { letters, tensor } of [left, right])
    letters.forEach((letter, axis) =>
      sizes.set(letter, Math.max(sizes.get(letter) ?? 1, tensor.shape[axis] as number)),
    );
  const kept = both.filter((letter) => later.has(letter));
  const gone = both.filter((letter) => !later.has(letter));
  const only = (term: Term): string[] => term.letters.filter((letter) => !both.includes(letter));
  const full = (term: Term, letters: readonly string[]): tf.Tensor => {
    const arrangedTensor = arranged(term, letters);
    const wanted = letters.map((letter) => sizes.get(letter) as number);
    return wanted.every((size, axis) => size === arrangedTensor.shape[axis])
      ? arrangedTensor
      : repeatTo(arrangedTensor, wanted);
  };
  const count = (letters: readonly string[]): number => sizeOf(letters.map((letter) => sizes.get(letter) as number));
  const [rows, columns] = [only(left), only(right)];
  const stack = tf.reshape(full(left, [...kept, ...rows, ...gone]), [count(kept), count(rows), count(gone)]);
  const other = tf.reshape(full(right, [...kept, ...gone, ...columns]), [count(kept), count(gone), count(columns)]);
  const letters = [...kept, ...rows, ...columns];
  const shape = letters.map((letter) => sizes.get(letter) as number);
  return { tensor: tf.reshape(product(stack, other, backend), shape), letters };
}

export const einsums: readonly KernelEntry[] = [{ ops: ['Einsum'], kernel: einsum }];
