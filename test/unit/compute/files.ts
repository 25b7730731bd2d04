/** Small ONNX models written to a scratch folder, as a person's files would lie there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { int } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32, i64 } from '../../../server/graph/tensor';
import type { Graph } from '../../../server/graph/types';
import { uniform } from '../../../server/random';

export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mb-compute-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function write(folder: string, name: string, graph: Graph): string {
  const path = join(folder, name);
  writeFileSync(path, writeOnnx(graph));
  return path;
}

const random = (count: number, seed: number): Float32Array => {
  const next = uniform(seed);
  return Float32Array.from({ length: count }, () => next() - 0.5);
};

export interface TextOptions {
  readonly vocabulary?: number;
  readonly width?: number;
  readonly nan?: boolean;
}

/** ids [batch, sequence], mask [batch, sequence] → embedding, tanh, masked mean, dense → logits [batch, 3]. */
export function textModel({ vocabulary = 50, width = 8, nan = false }: TextOptions = {}): Graph {
  const b = new GraphBuilder('text');
  const ids = b.input('ids', 'int64', ['batch', 'sequence']);
  const mask = b.input('mask', 'int64', ['batch', 'sequence']);
  b.scope('model');
  const table = random(vocabulary * width, 1);
  if (nan) table[5] = NaN;
  const words = b.op('Gather', [b.constant(f32(table, [vocabulary, width])), ids], { axis: int(0) });
  const mixed = b.op('Tanh', [
    b.op('MatMul', [
      words,
      b.constant(
        f32(
          random(width * width, 2).map((x) => 3 * x),
          [width, width],
        ),
      ),
    ]),
  ]);
  const weight = b.op('Unsqueeze', [b.op('Cast', [mask], { to: int(1) }), b.constant(i64([2]))]);
  const sum = b.op('ReduceSum', [b.op('Mul', [mixed, weight]), b.constant(i64([1]))], { keepdims: int(0) });
  const count = b.op('ReduceSum', [weight, b.constant(i64([1]))], { keepdims: int(0) });
  const logits = b.op('Gemm', [
    b.op('Div', [sum, count]),
    b.constant(
      f32(
        random(width * 3, 3).map((x) => 4 * x),
        [width, 3],
      ),
    ),
    b.constant(f32(random(3, 4))),
  ]);
  b.scope('');
  b.declare(b.rename(logits, 'scores'), { dtype: 'float32', shape: ['batch', 3] });
  return b.build(['scores']);
}

/** x [batch, 4] → log(x₁) and x₂, as two logits: NaN for a negative x₁. */
export function logModel(): Graph {
  const b = new GraphBuilder('log');
  const x = b.input('x', 'float32', ['batch', 4]);
  b.scope('model');
  const pick = (from: number) =>
    b.op('Slice', [x, b.constant(i64([from])), b.constant(i64([from + 1])), b.constant(i64([1]))]);
  const logits = b.op('Concat', [b.op('Log', [pick(0)], {}, 'logarithm'), pick(1)], { axis: int(1) });
  b.scope('');
  b.declare(b.rename(logits, 'scores'), { dtype: 'float32', shape: ['batch', 2] });
  return b.build(['scores']);
}

export const ids = (values: readonly number[]) => i64(values, [1, values.length]);
