/** The Node half of `ig.py`: explains one sample through a compute process when told to, one line of JSON each. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { forkedCompute } from '../../server/compute/fork';
import type { AttributeRequest, ComputedAttribution } from '../../server/compute/types';
import { f32 } from '../../server/graph/tensor';
import type { Tensor } from '../../server/graph/types';

interface Feed {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}
interface Message {
  readonly feeds?: Readonly<Record<string, Feed>>;
  readonly run?: true;
  readonly relevance?: true;
}

const [path = '', threads = '1', steps = '50'] = process.argv.slice(2);
let computePid: number | undefined;
const compute = forkedCompute({ threads: Number(threads), onStart: (pid) => (computePid = pid) });
let request: AttributeRequest | undefined;
let last: ComputedAttribution | undefined;

function requestFor(feeds: Readonly<Record<string, Feed>>): AttributeRequest {
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { dims, data }]): [string, Tensor] => [
      name,
      name === 'image' ? f32(data, dims) : { dtype: 'int64', dims, data: BigInt64Array.from(data, BigInt) },
    ]),
  );
  const image = tensors['image'];
  const [height = 0, width = 0] = image?.dims.slice(2) ?? [];
  const count = image === undefined ? (tensors['ids']?.dims[1] ?? 0) : width * height;
  const own = image ?? tensors['ids'];
  if (own === undefined) throw new Error('no input called image or ids');
  const input = image === undefined ? 'ids' : 'image';
  const empty: Tensor =
    image === undefined
      ? { ...own, data: new BigInt64Array(count) }
      : { ...own, data: new Float32Array(image.data.length) };
  return {
    model: { path, engine: null },
    labels: [],
    method: 'integrated-gradients',
    target: { kind: 'class', class: 1 },
    sample: {
      feeds: tensors,
      count,
      featureOf: { [input]: Int32Array.from({ length: own.data.length }, (_, i) => i % count) },
      fixed: new Set(),
      grid: image === undefined ? null : { width, height },
    },
    baseline: { id: 'zero', label: 'zero', kind: 'feeds', feeds: [{ [input]: empty }] },
    parameters: { steps: Number(steps), quadrature: 'midpoint', frames: 0 },
  };
}

async function timed(): Promise<object> {
  const [began, cpu] = [performance.now(), cpuMilliseconds()];
  last = await compute.attribute(request as AttributeRequest);
  return { milliseconds: performance.now() - began, cpu: cpuMilliseconds() - cpu, model: last.modelMilliseconds };
}

/** Processor time of both processes; Linux counts the other's in hundredths of a second. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  const fields = computePid === undefined ? [] : readFileSync(`/proc/${computePid}/stat`, 'utf8').split(' ');
  return (user + system) / 1000 + 10 * (Number(fields[13] ?? 0) + Number(fields[14] ?? 0));
}

/** The high-water mark of a process alone, MiB. */
const peak = (pid: number | 'self'): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

async function answer(message: Message): Promise<object> {
  if (message.feeds !== undefined) request = requestFor(message.feeds);
  if (message.feeds !== undefined || message.run === true) return timed();
  if (message.relevance === true) return { relevance: Array.from(last?.relevance ?? []) };
  return { peaks: [peak('self'), peak(computePid ?? 'self')] };
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await answer(JSON.parse(line) as Message)));
await compute.dispose();
