/** The Node half of `layers.py` and `perturbation.py`: predicts, or explains one picture, when told to, one line of JSON each. */
import { createInterface } from 'node:readline';
import { localCompute } from '../../server/compute/local';
import type { AttributeRequest, ComputedAttribution } from '../../server/compute/types';
import { f32 } from '../../server/graph/tensor';
import type { Parameters } from '../../server/protocol';

interface Message {
  readonly image?: { readonly dims: readonly number[]; readonly data: readonly number[] };
  readonly method?: string;
  readonly parameters?: Parameters;
  readonly relevance?: true;
}

const [path = '', threads = '1'] = process.argv.slice(2);
const compute = localCompute({ threads: Number(threads) });
const model = { path, engine: null };
let sample: AttributeRequest['sample'] | undefined;
let last: ComputedAttribution | undefined;

function read({ dims, data }: NonNullable<Message['image']>): AttributeRequest['sample'] {
  const [height = 0, width = 0] = dims.slice(2);
  const count = width * height;
  return {
    feeds: { image: f32(data, dims) },
    count,
    featureOf: { image: Int32Array.from({ length: data.length }, (_, i) => i % count) },
    fixed: new Set(),
    grid: { width, height },
  };
}

/** Wall time of the whole request, and of the prediction alone that every request begins with. */
async function timed(method: string, parameters: Parameters): Promise<object> {
  if (sample === undefined) throw new Error('no image yet');
  const began = performance.now();
  await compute.predict({ model, feeds: sample.feeds, labels: [] });
  const predicted = performance.now();
  last = await compute.attribute({
    model,
    labels: [],
    method,
    target: { kind: 'class', class: 1 },
    sample,
    baseline: { id: 'zero', label: 'zero', kind: 'zero-entries' },
    parameters,
  });
  return { milliseconds: performance.now() - predicted, prediction: predicted - began };
}

async function answer(message: Message): Promise<object> {
  if (message.image !== undefined) sample = read(message.image);
  if (message.method !== undefined) return timed(message.method, message.parameters ?? {});
  if (message.relevance === true) return { relevance: Array.from(last?.relevance ?? []) };
  return {};
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await answer(JSON.parse(line) as Message)));
await compute.dispose();
