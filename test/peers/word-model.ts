/** Models over words that `test/conformance/text/train.py` and `test/conformance/recurrent/train.py` wrote. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../server/engine';
import type { Executable } from '../../server/engine/types';
import { f32 } from '../../server/graph/tensor';
import type { Tensor } from '../../server/graph/types';
import { importModel } from '../../server/model/import';
import type { Model } from '../../server/model/types';
import { compileProgram } from '../../server/program/compile';
import { names } from '../../server/program/types';
import type { RuleOptions } from '../../server/program/types';
import type { Predict, Sample } from '../support/deletion';

/** `MODEL_BLAME_WORDS` names the folder the scripts wrote to; else `.cache/words` of the checkout. */
const folder = process.env['MODEL_BLAME_WORDS'] ?? fileURLToPath(new URL('../../.cache/words/', import.meta.url));

/** Options of a test that needs one of the models. */
export function needsWords(name: string): { skip: string | false } {
  const there = existsSync(join(folder, name, 'sentences.json'));
  return { skip: there ? false : `MODEL_BLAME_WORDS names no folder with a trained ${name}` };
}

export interface WordModel {
  readonly model: Model;
  readonly classes: number;
  readonly labels: readonly string[];
  readonly sentences: readonly Sentence[];
  /** Sentences held out of training to choose with; none where the script kept none. */
  readonly validation: readonly Sentence[];
  readonly predict: Predict;
  readonly logits: (rows: readonly Ids[]) => Promise<readonly number[][]>;
  /** Relevance of each word for the logit of a class, by a rule set; `gradient` is multiplied with the input. */
  readonly relevance: (rules: Rules, samples: readonly Sample[]) => Promise<readonly number[][]>;
  /** Values at the entry, [sequence, size] row by row. */
  readonly embedded: (ids: Ids) => Promise<Tensor>;
}

type Ids = readonly number[];
type Rules = { readonly id: 'gradient' } | { readonly id: 'lrp'; readonly options: RuleOptions };

export interface Sentence extends Sample {
  readonly words: readonly string[];
}

interface Workspace {
  readonly models: Readonly<Record<string, { readonly labels: readonly string[] }>>;
}

export async function openWordModel(name: string): Promise<WordModel> {
  const at = (file: string): string => join(folder, name, file);
  const model = await importModel(at('model.onnx'));
  const engine = await openEngine(null, { threads: 1 });
  const open = (program: ReturnType<typeof compileProgram>): Promise<Executable> => engine.compile(program);
  const [labels = []] = Object.values(
    (JSON.parse(readFileSync(at('model-blame.json'), 'utf8')) as Workspace).models,
  ).map((one) => one.labels);
  const classes = labels.length;
  const index = new Map(
    readFileSync(at('words.txt'), 'utf8')
      .split('\n')
      .map((word, id) => [word, id] as const),
  );
  const read = (file: string): Sentence[] =>
    (JSON.parse(readFileSync(at(file), 'utf8')) as { words: string[]; label: number }[]).map(({ words, label }) => ({
      words,
      gold: label,
      ids: words.map((word) => index.get(word) ?? 1),
    }));
  const sentences = read('sentences.json');
  const validation = existsSync(at('validation.json')) ? read('validation.json') : [];
  const [input, entry] = [model.inputs[0]!.name, model.entries[0]!.value];
  const common = { head: 'linear' } as const;
  const forward = await open(compileProgram(model, { ...common, kind: 'forward', rules: 'gradient' }));
  const entries = await open(compileProgram(model, { ...common, kind: 'entries', rules: 'gradient' }));
  const tokens = (rows: readonly Ids[]): Tensor => ({
    dtype: 'int64',
    dims: [rows.length, rows[0]!.length],
    data: BigInt64Array.from(rows.flat(), BigInt),
  });
  const numbers = (tensor: Tensor | undefined): Float32Array => tensor?.data as Float32Array;

  /** Rows of one length run together; results come back in the order of the rows. */
  async function grouped<T>(
    rows: readonly Ids[],
    run: (chosen: readonly number[]) => Promise<readonly T[]>,
  ): Promise<T[]> {
    const byLength = new Map<number, number[]>();
    rows.forEach((row, position) => byLength.set(row.length, [...(byLength.get(row.length) ?? []), position]));
    const results: T[] = [];
    for (const positions of byLength.values())
      for (let start = 0; start < positions.length; start += 32) {
        const chosen = positions.slice(start, start + 32);
        const made = await run(chosen);
        chosen.forEach((position, rank) => (results[position] = made[rank]!));
      }
    return results;
  }

  const logits = (rows: readonly Ids[]): Promise<number[][]> =>
    grouped(rows, async (chosen) => {
      const seed = f32(new Array<number>(classes).fill(0), [1, classes]);
      const result = await forward.run({ [input]: tokens(chosen.map((row) => rows[row]!)), [names.seed]: seed });
      const all = Array.from(numbers(result[names.logits]));
      return chosen.map((_, row) => all.slice(row * classes, (row + 1) * classes));
    });

  const embeddedRows = async (rows: readonly Ids[]): Promise<Tensor> =>
    (await entries.run({ [input]: tokens(rows) }))[entry]!;

  return {
    model,
    classes,
    labels,
    sentences,
    validation,
    logits,
    predict: async (rows) => (await logits(rows)).map((row) => row.indexOf(Math.max(...row))),
    embedded: (ids) => embeddedRows([ids]),
    async relevance(rules, samples) {
      const options = rules.id === 'lrp' ? { options: rules.options } : {};
      const back = await open(compileProgram(model, { ...common, kind: 'relevance', rules: rules.id, ...options }));
      const rows = samples.map(({ ids }) => ids);
      const found = await grouped(rows, async (chosen) => {
        const values = await embeddedRows(chosen.map((row) => rows[row]!));
        const seed = chosen.flatMap((row) =>
          Array.from({ length: classes }, (_, label) => (label === samples[row]!.gold ? 1 : 0)),
        );
        const feeds = { [entry]: values, [names.seed]: f32(seed, [chosen.length, classes]) };
        const own = numbers((await back.run(feeds))[names.relevance(entry)]);
        const x = numbers(values);
        const [, length, size] = values.dims as [number, number, number];
        return chosen.map((_, row) =>
          Array.from({ length }, (__, word) => {
            let sum = 0;
            for (let k = 0; k < size; k += 1) {
              const position = (row * length + word) * size + k;
              sum += rules.id === 'gradient' ? own[position]! * x[position]! : own[position]!;
            }
            return sum;
          }),
        );
      });
      back.dispose();
      return found;
    },
  };
}
