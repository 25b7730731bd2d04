/** Small models made with the graph builder, and a workspace around them. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { int, ints } from '../../server/graph/attributes';
import { GraphBuilder } from '../../server/graph/builder';
import { writeOnnx } from '../../server/graph/onnx/write';
import { f32, sizeOf } from '../../server/graph/tensor';
import type { Graph, Tensor } from '../../server/graph/types';

/** The same numbers on every machine: a small linear congruential generator in (−scale, scale). */
function weights(dims: readonly number[], scale: number, seed: number): Tensor {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
  return f32(
    Float32Array.from({ length: sizeOf(dims) }, () => next() * scale),
    dims,
  );
}

export const words = ['[PAD]', '[UNK]', 'good', 'bad', 'film', 'not', 'a', 'very'];

/** Mean of word embeddings, `layers` dense layers on every word, two classes. */
export function textModel(width = 4, layers = 0): Graph {
  const b = new GraphBuilder('text');
  const ids = b.input('input_ids', 'int64', ['batch', 'sequence']);
  let x = b.op('Gather', [b.constant(weights([words.length, width], 1, 1), 'embedding'), ids]);
  const dense = b.constant(weights([width, width], 1.5 / Math.sqrt(width), 2), 'dense');
  for (let layer = 0; layer < layers; layer++) x = b.op('Tanh', [b.op('MatMul', [x, dense])]);
  const mean = b.op('ReduceMean', [x, b.indices([1])], { keepdims: int(0) });
  const logits = b.op('MatMul', [mean, b.constant(weights([width, 2], 1, 3), 'head')]);
  return b.build([b.rename(b.op('Softmax', [logits], { axis: int(-1) }), 'probabilities')]);
}

/** One convolution on an 8 × 8 gray picture, three classes. */
export function imageModel(): Graph {
  const b = new GraphBuilder('image');
  const picture = b.input('pixel_values', 'float32', ['batch', 1, 8, 8]);
  const pads = { pads: ints([1, 1, 1, 1]), kernel_shape: ints([3, 3]) };
  const maps = b.op('Relu', [b.op('Conv', [picture, b.constant(weights([4, 1, 3, 3], 1, 4), 'kernel')], pads)]);
  const flat = b.op('Flatten', [maps], { axis: int(1) });
  return b.build([b.rename(b.op('MatMul', [flat, b.constant(weights([256, 3], 0.3, 5), 'head')]), 'logits')]);
}

/** A linear model of three columns with known weights: 2·a − 1·b + 0·c, one logit. */
export function tableModel(): Graph {
  const b = new GraphBuilder('table');
  const row = b.input('row', 'float32', ['batch', 3]);
  return b.build([b.rename(b.op('MatMul', [row, b.constant(f32([2, -1, 0], [3, 1]), 'weights')]), 'score')]);
}

export const csv =
  'id,review,label\n1,"a ""very"" good film,\nnot 😀 bad",pos\n2,bad film,neg\n3,"<script>alert(1)</script> \u001b[31mbad\u001b[0m \u202efilm",neg\n';

/** A workspace with one model of every kind; `slow` takes seconds to explain. */
export function makeWorkspace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'model-blame-protocol-'));
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, 'pictures'));
  write('films.onnx', writeOnnx(textModel()));
  write('slow.onnx', writeOnnx(textModel(128, 24)));
  write('digits.onnx', writeOnnx(imageModel()));
  write('loans.onnx', writeOnnx(tableModel()));
  write('words.txt', `${words.join('\n')}\n`);
  write('films.csv', csv);
  write('long.csv', `review\n${'good bad film not a very '.repeat(40)}\n`);
  write('loans.csv', 'a,b,c,label\n1,2,3,yes\n4,5,6,no\n');
  const png = new PNG({ width: 8, height: 8 });
  png.data.fill(255);
  for (let pixel = 0; pixel < 32; pixel++) png.data.fill(0, pixel * 4, pixel * 4 + 3);
  write('pictures/half.png', PNG.sync.write(png));
  const input = {
    kind: 'text',
    vocabulary: 'words.txt',
    padToken: '[PAD]',
    unknownToken: '[UNK]',
    lowercase: true,
    maxLength: 512,
  };
  write(
    'model-blame.json',
    JSON.stringify({
      models: {
        films: { path: 'films.onnx', input, labels: ['neg', 'pos'] },
        slow: { path: 'slow.onnx', input },
        digits: { path: 'digits.onnx' },
        loans: { path: 'loans.onnx' },
      },
      datasets: [
        { files: 'films.csv', model: 'films', text: 'review', label: 'label' },
        { files: 'long.csv', model: 'slow' },
        { files: 'loans.csv', model: 'loans', label: 'label' },
        { files: 'pictures/*.png', model: 'digits' },
      ],
    }),
  );
  return folder;
}
