/** tiny-vgg of the reference data as a Graph, and its pictures. Its file is a Keras-style list of layers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { ints } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import type { Graph, Tensor } from '../../../server/graph/types';

export const SIDE = 64;
export const LABELS = [
  'lifeboat',
  'ladybug',
  'pizza',
  'bell pepper',
  'school bus',
  'koala',
  'espresso',
  'red panda',
  'orange',
  'sport car',
];

interface ModelFile {
  readonly weightsManifest: readonly {
    readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  }[];
}

/** image [batch, 3, 64, 64] in 0 … 1 → softmax over ten classes. */
export function tinyVgg(folder: string): Graph {
  const file = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as ModelFile;
  const bytes = readFileSync(join(folder, 'group1-shard1of1.bin'));
  const weights = new Map<string, Tensor>();
  let offset = 0;
  for (const { name, shape } of file.weightsManifest.flatMap((group) => group.weights)) {
    const size = shape.reduce((a, b) => a * b, 1);
    weights.set(name, f32(new Float32Array(new Uint8Array(bytes.subarray(offset, offset + 4 * size)).buffer), shape));
    offset += 4 * size;
  }
  const weight = (name: string): Tensor => weights.get(name) as Tensor;

  const b = new GraphBuilder('tiny-vgg');
  let value = b.input('image', 'float32', ['batch', 3, SIDE, SIDE]);
  b.scope('vgg');
  for (const block of [1, 2]) {
    for (const layer of [1, 2]) {
      const [kernel, bias] = [weight(`conv_${block}_${layer}/kernel`), weight(`conv_${block}_${layer}/bias`)];
      value = b.op('Relu', [
        b.op('Conv', [value, b.constant(transposed(kernel)), b.constant(bias)], { kernel_shape: ints([3, 3]) }),
      ]);
    }
    value = b.op('MaxPool', [value], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
  }
  // The file flattens with channels last.
  const rows = b.op('Reshape', [b.op('Transpose', [value], { perm: ints([0, 2, 3, 1]) }), b.indices([0, -1])]);
  const logits = b.op('Add', [
    b.op('MatMul', [rows, b.constant(weight('output/kernel'))]),
    b.constant(weight('output/bias')),
  ]);
  const softmax = b.op('Softmax', [logits]);
  b.scope('');
  b.declare(b.rename(softmax, 'probabilities'), { dtype: 'float32', shape: ['batch', LABELS.length] });
  return b.build(['probabilities']);
}

/** HWIO to OIHW. */
function transposed(kernel: Tensor): Tensor {
  const [h = 0, w = 0, inputs = 0, outputs = 0] = kernel.dims;
  const from = kernel.data as Float32Array;
  const to = new Float32Array(from.length);
  for (let y = 0; y < h; y += 1)
    for (let x = 0; x < w; x += 1)
      for (let i = 0; i < inputs; i += 1)
        for (let o = 0; o < outputs; o += 1)
          to[((o * inputs + i) * h + y) * w + x] = from[((y * w + x) * inputs + i) * outputs + o] as number;
  return f32(to, [outputs, inputs, h, w]);
}

/** A picture as the model reads it. */
export async function picture(path: string): Promise<Tensor> {
  const pixels = await sharp(path).resize(SIDE, SIDE, { fit: 'fill' }).removeAlpha().raw().toBuffer();
  const data = new Float32Array(3 * SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1)
    for (let c = 0; c < 3; c += 1) data[c * SIDE * SIDE + i] = (pixels[3 * i + c] as number) / 255;
  return f32(data, [1, 3, SIDE, SIDE]);
}
