/** Every method, and every composite of LRP, on small models of each kind: an engine's relevance against ONNX Runtime's. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import type { AttributeRequest, ComputedAttribution } from '../../../server/compute/types';
import { METHODS } from '../../../server/explain/methods';
import { f32, i64 } from '../../../server/graph/tensor';
import type { Tensor } from '../../../server/graph/types';
import { composites } from '../../../server/program/rules/lrp/composites';
import { vary } from '../gradient/cases/types';
import { differenceOf } from './compare';
import type { Difference } from './compare';
import { REFERENCE } from './present';

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

interface Sample {
  readonly model: string;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** The input whose elements are features. */
  readonly input: string;
}

const picture = (model: string, input: string, dims: readonly number[]): Sample => ({
  model,
  input,
  feeds: { [input]: f32(vary(dims, 0, 1, 5).data, dims) },
});

interface Feed {
  readonly dims: number[];
  readonly integer: boolean;
  readonly data: number[];
}

/** A model with its own feeds, as `gradient/references` keeps them. */
function referenced(name: string): Sample {
  const { feeds } = JSON.parse(readFileSync(here(`gradient/references/${name}.json`), 'utf8')) as {
    feeds: Record<string, Feed>;
  };
  const own = Object.entries(feeds).map(
    ([input, { dims, integer, data }]) => [input, integer ? i64(data, dims) : f32(data, dims)] as const,
  );
  return { model: `gradient/references/${name}.onnx`, feeds: Object.fromEntries(own), input: own[0]![0] };
}

export const samples: readonly Sample[] = [
  picture('zennit/mobilenet.onnx', 'image', [1, 3, 12, 12]),
  picture('zennit/vgg.onnx', 'image', [1, 3, 12, 12]),
  picture('zennit/resnet.onnx', 'image', [1, 3, 12, 12]),
  { model: 'methods/text.onnx', input: 'x', feeds: { x: i64([2, 5, 9, 3, 7, 1], [1, 6]) } },
  ...['unet', 'table', 'lstm', 'gru', 'transformer'].map(referenced),
];

type Choice = readonly [method: string, parameters: Readonly<Record<string, string | number>>];

/** Rows enough to tell engines apart. */
const few: Readonly<Record<string, Choice[1]>> = {
  'kernel-shap': { samples: 200, segments: 12 },
  'shapley-sampling': { orders: 2, segments: 12 },
  owen: { budget: 100 },
  lime: { samples: 100, segments: 12 },
  rise: { masks: 64 },
};

const choices: readonly Choice[] = [
  ...METHODS.map(({ info }): Choice => [info.id, few[info.id] ?? {}]),
  ...Object.keys(composites).map((composite): Choice => ['lrp', { composite }]),
];

const compute = localCompute({ threads: 1 });

/** A request for one method's relevance on an engine. */
export function request(
  { model, feeds, input }: Sample,
  [method, parameters]: Choice,
  engine: string,
): AttributeRequest {
  const tensor = feeds[input]!;
  const scaled = (factor: number): Record<string, Tensor> => ({
    ...feeds,
    [input]:
      tensor.dtype === 'int64'
        ? i64(
            Array.from(tensor.data as BigInt64Array, (id) => Math.floor(Number(id) * factor)),
            tensor.dims,
          )
        : f32(
            Float32Array.from(tensor.data as Float32Array, (value) => value * factor),
            tensor.dims,
          ),
  });
  const size = tensor.data.length;
  const [, , height = 0, width = 0] = tensor.dims;
  // A pixel of all channels is one feature.
  const isPicture = tensor.dims.length === 4;
  const count = isPicture ? height * width : size;
  const filled = (value: number): Tensor => f32(new Float32Array(size).fill(value), tensor.dims);
  return {
    model: { path: here(model), engine },
    labels: [],
    method,
    parameters,
    target: { kind: 'class', class: 0 },
    sample: {
      feeds,
      count,
      featureOf: { [input]: Int32Array.from({ length: size }, (_, at) => at % count) },
      fixed: new Set(),
      grid: isPicture ? { width, height } : null,
      ...(tensor.dtype === 'float32' ? { bounds: { [input]: { low: filled(-2), high: filled(2) } } } : {}),
    },
    baseline: { id: 'zero', label: 'zero', kind: 'feeds', feeds: [scaled(0)] },
    population: [0.9, 0.5].map((factor, gold) => ({ feeds: scaled(factor), gold, title: `${factor}` })),
  };
}

export interface MeasuredMethod extends Difference {
  readonly what: string;
  readonly error?: unknown;
}

export interface Explained {
  readonly sample: Sample;
  readonly choice: Choice;
  readonly what: string;
  readonly expected: ComputedAttribution;
}

/** What ONNX Runtime gives, for each method that fits each model. */
export async function explanations(): Promise<Explained[]> {
  const all: Explained[] = [];
  for (const sample of samples)
    for (const choice of choices) {
      const expected = await compute.attribute(request(sample, choice, REFERENCE)).catch(() => null);
      const what = `${sample.model}: ${choice.flatMap((part) => (typeof part === 'string' ? part : Object.values(part))).join(' ')}`;
      if (expected !== null) all.push({ sample, choice, what, expected });
    }
  return all;
}

export const asTensor = (relevance: ArrayLike<number>): Tensor => f32(Float32Array.from(relevance), [relevance.length]);

export async function measureMethod(
  engine: string,
  { sample, choice, what, expected }: Explained,
): Promise<MeasuredMethod> {
  try {
    const own = await compute.attribute(request(sample, choice, engine));
    return {
      what,
      ...differenceOf(asTensor(own.relevance), asTensor(expected.relevance)),
    };
  } catch (error) {
    return { what, worst: Infinity, outliers: 1, error };
  }
}
