/** What integrated gradients are for, on a real picture model: the probability saturates, the gradient goes blind. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { localCompute } from '../../../server/compute/local';
import type { AttributeRequest } from '../../../server/compute/types';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32 } from '../../../server/graph/tensor';
import type { Tensor } from '../../../server/graph/types';
import { needs, referenceData } from '../../support/shared';
import { attributionError } from './error';
import { LABELS, picture, SIDE, tinyVgg } from './tinyVgg';

const PIXELS = SIDE * SIDE;

test(
  'tiny-vgg: p is flat after a small α, gradient × input falls far short of it, integrated gradients do not',
  needs('tiny-vgg'),
  async (t) => {
    const folder = referenceData('tiny-vgg') as string;
    const scratch = mkdtempSync(join(tmpdir(), 'mb-saturation-'));
    const compute = localCompute({ threads: 1 });
    t.after(() => {
      rmSync(scratch, { recursive: true, force: true });
      return compute.dispose();
    });
    const path = join(scratch, 'tiny-vgg.onnx');
    writeFileSync(path, writeOnnx(tinyVgg(folder)));
    const model = { path, engine: null };
    const summary = await compute.load(model);
    assert.equal(summary.output.activation, 'softmax');

    const ask = (image: Tensor, method: string, label: string, parameters: AttributeRequest['parameters'] = {}) =>
      compute.attribute({
        model,
        labels: LABELS,
        method,
        target: { kind: 'class', class: label, scale: 'probability' },
        sample: {
          feeds: { image },
          count: PIXELS,
          featureOf: { image: Int32Array.from({ length: 3 * PIXELS }, (_, i) => i % PIXELS) },
          fixed: new Set(),
          grid: { width: SIDE, height: SIDE },
        },
        baseline: {
          id: 'black',
          label: 'black',
          kind: 'feeds',
          feeds: [{ image: f32(new Float32Array(3 * PIXELS), image.dims) }],
        },
        parameters,
      });

    let saturated = 0;
    let right = 0;
    const files = readdirSync(join(folder, 'images'));
    for (const file of files) {
      const image = await picture(join(folder, 'images', file));
      const { scores } = await compute.predict({ model, feeds: { image }, labels: LABELS });
      const [top] = scores;
      if (top === undefined || top.probability === null) throw new Error('no prediction');
      if (top.label.includes(NAMES[file.split('_')[0] ?? ''] ?? '-')) right += 1;
      // Sure of it, and black alone is not that class.
      if (top.probability < 0.95) continue;
      const local = await ask(image, 'gradient-x-input', top.label);
      if ((local.accounting.baselineScore ?? 1) > 0.2) continue;
      const whole = await ask(image, 'integrated-gradients', top.label, { steps: 200, quadrature: 'midpoint' });
      const { accounting, path: curve } = whole;
      assert.ok(Math.abs(accounting.residual ?? NaN) < 0.02 * (accounting.expected ?? NaN), `${file}: incomplete`);
      const flatFrom = curve?.alphas[curve.scores.findIndex((score) => score > 0.9 * top.probability!)] ?? 1;
      const share = local.accounting.sum / (local.accounting.expected ?? NaN);
      if (flatFrom < 0.7 && Math.abs(share) < 0.25) {
        saturated += 1;
        assert.ok(local.warnings.some(({ action }) => action?.method === 'integrated-gradients'));
      }
      // The default for a probability: 16 probes and 16 nodes.
      const quick = await ask(image, 'integrated-gradients', top.label);
      const error = attributionError(quick.relevance, whole.relevance);
      assert.ok(error < 0.05, `${file}: 16 + 16 evaluations are ${error} off`);
      t.diagnostic(
        `${file}: ${top.label} ${top.probability.toFixed(3)}, flat from α = ${flatFrom.toFixed(2)}, gradient × input ${(100 * share).toFixed(1)} %, 16 + 16: error ${error.toFixed(3)}`,
      );
    }
    // Chance is 2: the layers and the pictures are read as the model means them.
    assert.ok(right > 10, `${right} of ${files.length} pictures are recognised`);
    assert.ok(saturated >= 3, `${saturated} pictures show saturation`);
  },
);

/** Pictures are named by short names. */
const NAMES: Readonly<Record<string, string>> = {
  boat: 'lifeboat',
  bug: 'ladybug',
  bus: 'school bus',
  car: 'sport car',
  espresso: 'espresso',
  koala: 'koala',
  orange: 'orange',
  panda: 'red panda',
  pepper: 'bell pepper',
  pizza: 'pizza',
};
