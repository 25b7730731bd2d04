/** Runs one method on a model in memory, the way the compute process does, without files. */
import { attribute } from '../../../server/compute/attribute';
import type { Trust } from '../../../server/compute/attribute';
import { sessionCache } from '../../../server/compute/sessions';
import type { AttributeRequest, ComputedAttribution, ComputeOptions } from '../../../server/compute/types';
import { openEngine } from '../../../server/engine';
import type { Model } from '../../../server/model/types';
import { row } from './networks';

const sessions = sessionCache(2 ** 28);
const trust: Trust = new WeakMap();

export interface Wish extends Partial<Omit<AttributeRequest, 'model'>> {
  readonly method: string;
  /** Engine by name; ONNX Runtime on the processor when left out. */
  readonly engine?: string;
}

/** Explains the row `x`; features are its elements. */
export function explainRow(
  model: Model,
  x: readonly number[],
  wish: Wish,
  options: ComputeOptions = {},
): Promise<ComputedAttribution> {
  return explain(
    model,
    {
      sample: {
        feeds: { x: row(x) },
        count: x.length,
        featureOf: { x: Int32Array.from(x, (_, i) => i) },
        fixed: new Set(),
        grid: null,
      },
      baseline: null,
      ...wish,
    },
    options,
  );
}

export async function explain(
  model: Model,
  { engine: name = 'onnxruntime/cpu', ...wish }: Wish & Pick<AttributeRequest, 'sample' | 'baseline'>,
  options: ComputeOptions = {},
): Promise<ComputedAttribution> {
  const engine = await openEngine(name, { threads: 1 });
  const lease = sessions.lease();
  try {
    return await attribute(
      { model, engine },
      lease,
      trust,
      {
        labels: [],
        target: { kind: 'class', class: model.output.single ? 1 : 0 },
        parameters: {},
        model: { path: '', engine: null },
        ...wish,
      },
      options,
    );
  } finally {
    lease.end();
  }
}

/** A baseline of one row. */
export const baselineRow = (values: readonly number[]): AttributeRequest['baseline'] => ({
  id: 'test',
  label: 'test',
  kind: 'feeds',
  feeds: [{ x: row(values) }],
});
