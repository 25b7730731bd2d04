/** AttnLRP against LXT in double precision (`make_references.py`): one network each, in several exporters' forms. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import { i64 } from '../../../server/graph/tensor';
import { importModel } from '../../../server/model/import';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import type { ProgramSpec } from '../../../server/program/types';
import { array } from '../../support/interpreter';
import { runInEngine } from '../../support/interpreter/engine';
import { worst } from '../../support/interpreter/models';
import { against } from '../../support/against';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
type Numbers = readonly number[];
interface Relevance {
  readonly tokens: Numbers;
  readonly elements: Numbers;
  readonly position?: number;
}
interface Reference {
  readonly ids: Numbers;
  readonly mask?: Numbers;
  readonly target: number;
  readonly logits: Numbers;
  readonly attnlrp: Relevance;
  readonly cpLRP: Relevance;
}
const { bert, gated } = JSON.parse(readFileSync(here('references.json'), 'utf8')) as Record<string, Reference> & {
  bert: Reference;
  gated: Reference;
};
const cases = [
  { file: 'bert-13.onnx', reference: bert },
  { file: 'bert-17.onnx', reference: bert },
  { file: 'bert-dynamo.onnx', reference: bert },
  { file: 'gated-17.onnx', reference: gated },
  { file: 'gated-dynamo.onnx', reference: gated },
];
const variants = ['attnlrp', 'cpLRP'] as const;

const compute = localCompute({ threads: 1 });
after(() => compute.dispose());

function near(t: TestContext, actual: ArrayLike<number>, expected: Numbers): void {
  const error = worst(actual, expected);
  against(t, 'LXT', error);
  assert.ok(error < 1e-4, `error ${error}`);
}

const feedsOf = ({ ids, mask }: Reference) => ({
  ids: i64(ids, [1, ids.length]),
  ...(mask === undefined ? {} : { mask: i64(mask, [1, mask.length]) }),
});

for (const { file, reference } of cases)
  for (const variant of variants) {
    test(`${file}, ${variant}: every element of the embeddings as LXT has it`, async (t) => {
      const model = await importModel(here(file));
      const feeds = feedsOf(reference);
      const entry = model.entries.find(({ input }) => input === 'ids')!;
      const spec: Omit<ProgramSpec, 'kind'> = { head: 'linear', rules: 'attnlrp', entries: [entry] };
      const x = (await runInEngine(compileProgram(model, { ...spec, kind: 'entries' }), feeds))[entry.value]!;
      const program = compileProgram(model, { ...spec, kind: 'relevance', options: { variant } });
      const seed = reference.logits.map((_, index) => Number(index === reference.target));
      const outputs = await runInEngine(program, {
        ...feeds,
        [entry.value]: x,
        [names.seed]: array([1, seed.length], seed),
      });
      near(t, outputs[names.logits]!.data, reference.logits);
      const products = outputs[names.relevance(entry.value)]!.data.map((c, at) => c * x.data[at]!);
      near(t, products, reference[variant].elements);
    });

    test(`${file}, ${variant}: tokens, and the share of positions, through the method`, async (t) => {
      const result = await compute.attribute({
        model: { path: here(file), engine: null },
        labels: [],
        method: 'attnlrp',
        target: { kind: 'class', class: reference.target },
        sample: {
          feeds: feedsOf(reference),
          count: reference.ids.length,
          featureOf: { ids: Int32Array.from(reference.ids, (_, at) => at) },
          fixed: new Set(),
          grid: null,
        },
        baseline: null,
        parameters: { variant },
      });
      const { tokens, position } = reference[variant];
      near(t, result.relevance, tokens);
      const scale = Math.max(...tokens.map(Math.abs));
      assert.equal(result.accounting.position === undefined, position === undefined);
      const off = Math.abs((result.accounting.position ?? 0) - (position ?? 0));
      assert.ok(off < 1e-4 * scale, `positions off by ${off}`);
    });
  }
