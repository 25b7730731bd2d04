/** Matrix products. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf } from '../../../graph/attributes';
import { broadcast } from '../../../graph/shapes';
import { sizeOf } from '../../../graph/tensor';
import { derived, first, onDevice } from '../operands';
import type { Operand } from '../operands';
import type { BackendName, Call, Kernel, KernelEntry } from '../types';
import { matMul, need, range, repeatTo, sliceAxis } from './common';

const multiplyAll: Kernel = (call) => {
  const [a, b] = [need(call, 0), need(call, 1)];
  const blocks = call.backend === 'wasm' && a.dims.length > 1 ? blocksOf(b, sizeOf(a.dims.slice(0, -1)), false) : null;
  if (blocks !== null) return onDevice(a.dtype, throughBlocks(first(a), blocks));
  return onDevice(a.dtype, product(first(a), first(b), call.backend));
};

/** Bytes of a matrix from which its columns are taken in blocks, and bytes of a block: what a core's cache holds. */
const [LARGE, BLOCK] = [2 ** 20, 2 ** 19];
/** Rows that XNNPACK takes at a time: with no more of them the matrix is read once anyway. */
const ROWS = 8;

/**
 * Blocks of a matrix's columns. XNNPACK reads the whole matrix for every few rows of the other one: one that fits no
 * cache takes 3 to 5 times as long as its blocks, which do. Null where nothing is gained.
 * @param turned Columns of the transposed matrix.
 */
function blocksOf(matrix: Operand, rows: number, turned: boolean): tf.Tensor2D[] | null {
  if (matrix.dims.length !== 2 || rows <= ROWS || 4 * sizeOf(matrix.dims) < LARGE) return null;
  const [inner, columns] = (turned ? [...matrix.dims].reverse() : matrix.dims) as [number, number];
  const width = Math.max(8, 8 * Math.floor(BLOCK / 4 / inner / 8));
  return range(Math.ceil(columns / width)).map((at) => {
    const [from, count] = [at * width, Math.min(width, columns - at * width)];
    const block = (): tf.Tensor =>
      turned ? tf.transpose(sliceAxis(first(matrix), 0, from, count)) : sliceAxis(first(matrix), 1, from, count);
    return derived(matrix, `${turned ? 'turned' : 'columns'}${from}`, block) as tf.Tensor2D;
  });
}

function throughBlocks(a: tf.Tensor, blocks: readonly tf.Tensor2D[]): tf.Tensor {
  const inner = a.shape.at(-1) as number;
  const flat = tf.reshape<tf.Rank.R2>(a, [-1, inner]);
  const whole = tf.concat(
    blocks.map((block) => matMul(flat, block)),
    1,
  );
  return tf.reshape(whole, [...a.shape.slice(0, -1), whole.shape[1] as number]);
}

/** NumPy's matmul: vectors gain and lose an axis, leading axes broadcast. */
export function product(a: tf.Tensor, b: tf.Tensor, backend: BackendName): tf.Tensor {
  const left = a.rank === 1 ? tf.expandDims(a, 0) : a;
  const right = b.rank === 1 ? tf.expandDims(b, 1) : b;
  const result = matrices(left, right, backend);
  const rows = a.rank === 1 ? [] : [left.shape.at(-2) as number];
  const columns = b.rank === 1 ? [] : [right.shape.at(-1) as number];
  return tf.reshape(result, [...result.shape.slice(0, -2), ...rows, ...columns]);
}

function matrices(a: tf.Tensor, b: tf.Tensor, backend: BackendName): tf.Tensor {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1) as number;
  const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcast([aBatch, bBatch], () => 1) as number[];
  // One matrix on the right: all rows at once.
  if (sizeOf(bBatch) === 1) {
    const flat = matMul(tf.reshape(a, [sizeOf(aBatch) * rows, inner]), tf.reshape(b, [inner, columns]));
    return tf.reshape(flat, [...batch, rows, columns]);
  }
  const [left, right] = [spread(a, batch), spread(b, batch)];
  const count = sizeOf(batch);
  const stacked = stackOf(
    tf.reshape<tf.Rank.R3>(left, [count, rows, inner]),
    tf.reshape<tf.Rank.R3>(right, [count, inner, columns]),
    backend,
  );
  return tf.reshape(stacked, [...batch, rows, columns]);
}

/** Repeats matrices along the leading axes. */
function spread(tensor: tf.Tensor, batch: readonly number[]): tf.Tensor {
  const own = tensor.shape.slice(0, -2);
  if (own.length === batch.length && own.every((size, axis) => size === batch[axis])) return tensor;
  return repeatTo(tensor, [...batch, ...tensor.shape.slice(-2)]);
}

/** wasm multiplies a stack of matrices with a naive loop, and single ones with XNNPACK: 3 to 10 times quicker. */
function stackOf(a: tf.Tensor3D, b: tf.Tensor3D, backend: BackendName): tf.Tensor {
  const [count, rows, inner] = a.shape;
  const columns = b.shape[2];
  if (backend !== 'wasm' || rows * inner * columns < 4096) return matMul(a, b);
  // A slice copies the whole stack out of WebAssembly's memory: once is enough.
  const [left, right] = [a.dataSync(), b.dataSync()];
  const at = (values: typeof left, index: number, shape: [number, number]): tf.Tensor2D =>
    tf.tensor2d(values.subarray(index * sizeOf(shape), (index + 1) * sizeOf(shape)), shape, 'float32');
  const parts = range(count).map((index) => matMul(at(left, index, [rows, inner]), at(right, index, [inner, columns])));
  return tf.stack(parts);
}

/** alpha·A·B + beta·C. */
const gemm: Kernel = (call) => {
  const [a, b, c] = [need(call, 0), need(call, 1), call.inputs[2]];
  const [transA, transB] = ['transA', 'transB'].map((name) => numberOf(call.node, name, 0) === 1);
  const alpha = numberOf(call.node, 'alpha', 1);
  const beta = numberOf(call.node, 'beta', 1);
  const raw = multiply(call, first(a) as tf.Tensor2D, first(b) as tf.Tensor2D, transA === true, transB === true);
  const scaled = alpha === 1 ? raw : tf.mul(raw, alpha);
  if (c === undefined || beta === 0) return onDevice(a.dtype, scaled);
  return onDevice(a.dtype, tf.add(scaled, beta === 1 ? first(c) : tf.mul(first(c), beta)));
};

/** Constant matrices are turned once; wasm has a quick product for matrices as they are only. */
function multiply(call: Call, a: tf.Tensor2D, b: tf.Tensor2D, transA: boolean, transB: boolean): tf.Tensor {
  if (call.backend !== 'wasm') return tf.matMul(a, b, transA, transB);
  const left = transA ? tf.transpose(a) : a;
  const blocks = blocksOf(need(call, 1), left.shape[0], transB);
  if (blocks !== null) return throughBlocks(left, blocks);
  const turned = transB ? derived(need(call, 1), 'transposed', () => tf.transpose(b)) : b;
  return matMul(left, turned);
}

export const linear: readonly KernelEntry[] = [
  { ops: ['MatMul'], kernel: multiplyAll },
  { ops: ['Gemm'], kernel: gemm },
];
