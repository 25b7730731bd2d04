/**
 * The reference files of the innvestigate library: one layer each, biases 0, eight pictures of 10 × 10 × 3, the neuron
 * with the largest output.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Dataset, File } from 'jsfive';
import { int, ints } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32, i64 } from '../../../server/graph/tensor';
import type { AttributeRequest } from '../../../server/compute/types';
import type { Model } from '../../../server/model/types';
import { explain } from '../../unit/explain/explain';
import { needs, referenceData } from '../../support/shared';
import { presentEngines, REFERENCE } from '../engines/present';
import { against } from '../../support/against';

const PIXELS = 300;
export type Read = (path: string) => { readonly values: Float32Array; readonly shape: readonly number[] };

/** Reads a file by the name of its analyser. */
export function open(name: string): Read {
  const bytes = readFileSync(join(referenceData('innvestigate-references') ?? '', `${name}.hdf5`));
  const file = new File(new Uint8Array(bytes).buffer, name);
  return (path) => {
    const item = file.get(path);
    if (!(item instanceof Dataset)) throw new Error(`${path} is no data set`);
    return { values: Float32Array.from(item.value as ArrayLike<number>), shape: item.shape as number[] };
  };
}

/** The layer behind a Keras layout: NHWC in, flattened NHWC out. */
export function model(read: Read, layer: string, key: string): Model {
  const b = new GraphBuilder(layer);
  const x = b.input('x', 'float32', ['batch', 10, 10, 3]);
  b.scope('model');
  const raw = addLayer(b, read, layer, x);
  const out = b.op('Reshape', [layer.endsWith('_relu') ? b.op('Relu', [raw]) : raw, b.constant(i64([0, -1]))]);
  b.scope('');
  const classes = read(`${layer}/output`).shape[1] as number;
  const type = { dtype: 'float32', shape: ['batch', classes] } as const;
  const y = b.rename(out, 'y');
  b.declare(y, type);
  const inputType = { dtype: 'float32', shape: ['batch', 10, 10, 3] } as const;
  return {
    graph: b.build([y]),
    inputs: [{ name: 'x', type: inputType }],
    outputs: [y],
    output: {
      logits: y,
      type,
      activation: 'none',
      onlyProbabilities: false,
      output: y,
      single: false,
      classes,
      labels: null,
      positions: false,
    },
    entries: [{ input: 'x', value: 'x', type: inputType, kind: 'identity' }],
    hash: `${key}:${layer}`,
    bytes: 0,
    notes: [],
    batchable: true,
  };
}

function addLayer(b: GraphBuilder, read: Read, layer: string, x: string): string {
  if (layer.startsWith('Dense')) {
    const { values, shape } = read(`${layer}/weights/0`);
    return b.op('MatMul', [x, b.constant(f32(values, shape))]);
  }
  const channelsFirst = b.op('Transpose', [x], { perm: ints([0, 3, 1, 2]) });
  const back = (value: string): string => b.op('Transpose', [value], { perm: ints([0, 2, 3, 1]) });
  if (layer.startsWith('Conv2D')) {
    const { values, shape } = read(`${layer}/weights/0`);
    const [h = 0, w = 0, inputs = 0, outputs = 0] = shape;
    // HWIO to OIHW.
    const kernel = new Float32Array(values.length);
    values.forEach((value, i) => {
      const [o, c, column, line] = [
        i % outputs,
        Math.floor(i / outputs) % inputs,
        Math.floor(i / outputs / inputs) % w,
        Math.floor(i / outputs / inputs / w),
      ];
      kernel[((o * inputs + c) * h + line) * w + column] = value;
    });
    return back(
      b.op('Conv', [channelsFirst, b.constant(f32(kernel, [outputs, inputs, h, w]))], { kernel_shape: ints([h, w]) }),
    );
  }
  const pool = layer === 'MaxPooling2D' ? 'MaxPool' : 'AveragePool';
  return back(b.op(pool, [channelsFirst], { kernel_shape: ints([2, 2]), strides: ints([2, 2]), ceil_mode: int(0) }));
}

export const LAYERS = ['Dense', 'Dense_relu', 'Conv2D', 'Conv2D_relu', 'AveragePooling2D', 'MaxPooling2D'];
/** Those without an activation or a choice: one gradient everywhere. */
export const LINEAR = ['Dense', 'Conv2D', 'AveragePooling2D'];

export interface Options {
  /** Largest absolute difference that passes. */
  readonly tolerance?: number;
  /** What the sample has besides its pixels: bounds, for the box rule. */
  readonly sample?: Partial<AttributeRequest['sample']>;
  /** ONNX Runtime on the processor when left out. */
  readonly engine?: string;
}

/**
 * Explains the eight pictures and holds them against the file.
 * @returns Largest difference, absolute.
 */
export async function compare(
  file: string,
  layer: string,
  method: string,
  parameters: Record<string, number | string | boolean>,
  { tolerance = 1e-5, sample: more, engine }: Options = {},
): Promise<number> {
  const read = open(file);
  const [input, output, attribution] = [read('input'), read(`${layer}/output`), read(`${layer}/attribution`)];
  const network = model(read, layer, file);
  const outputs = output.shape[1] as number;
  let worst = 0;
  for (let picture = 0; picture < 8; picture += 1) {
    const x = input.values.slice(picture * PIXELS, (picture + 1) * PIXELS);
    const sample = {
      feeds: { x: f32(x, [1, 10, 10, 3]) },
      count: PIXELS,
      featureOf: { x: Int32Array.from(x, (_, i) => i) },
      fixed: new Set<number>(),
      grid: null,
      ...more,
    };
    const result = await explain(network, {
      method,
      sample,
      baseline: null,
      target: { kind: 'predicted' },
      parameters,
      ...(engine === undefined ? {} : { engine }),
    });
    const row = output.values.slice(picture * outputs, (picture + 1) * outputs);
    assert.ok(Math.abs(result.accounting.score - Math.max(...row)) < 1e-5, 'forward pass');
    result.relevance.forEach((value, i) => {
      const expected = attribution.values[picture * PIXELS + i] as number;
      const difference = Math.abs(value - expected);
      worst = Math.max(worst, difference);
      assert.ok(difference < tolerance, `${layer}, picture ${picture}, element ${i}: ${value} for ${expected}`);
    });
  }
  return worst;
}

const { present } = await presentEngines();
const engines = [REFERENCE, ...present.map(({ name }) => name)];
const everything = process.env['ENGINES'] !== undefined;
let turn = 0;

/**
 * One test per layer and engine that says how far off the worst element was. On WebGPU, which in software takes seconds
 * to compile a layer, each comparison has one of the layers, the next one in turn, where it is not asked for by name.
 */
export function compared(
  layers: readonly string[],
  title: string,
  file: string,
  method: string,
  parameters: Record<string, number | string | boolean> = {},
  options: Options = {},
): void {
  turn += 1;
  const own = layers[turn % layers.length];
  for (const layer of layers)
    for (const engine of engines)
      if (everything || !engine.endsWith('webgpu') || layer === own)
        test(`${layer}: ${title}, ${engine}`, needs('innvestigate-references'), async (t) => {
          against(t, 'iNNvestigate', await compare(file, layer, method, parameters, { ...options, engine }));
        });
}
