/** A world of checks that answers from tables. */
import type { CheckWorld, Explained, Explains, Predicted, RunOptions, Variant } from '../../../server/checks/types';

export const labels = ['ham', 'spam'];

export function predicted(
  row: number,
  gold: string | null,
  probabilities: readonly number[],
  identity: { readonly id: string | null; readonly hash: string } = { id: null, hash: String(row).padStart(64, '0') },
): Predicted {
  return {
    address: { kind: 'record', uri: 'file:///w/data/test.csv', record: row },
    name: `data/test.csv:${row + 1}`,
    line: row + 1,
    gold: gold === null ? null : { label: gold, class: labels.includes(gold) ? labels.indexOf(gold) : null },
    class: probabilities.indexOf(Math.max(...probabilities)),
    probability: Math.max(...probabilities),
    identity: () => Promise.resolve(identity),
  };
}

export interface Tables {
  readonly rows?: readonly Predicted[];
  readonly variants?: (row: number) => readonly Variant[];
  readonly explain?: (row: number) => Explained;
  readonly files?: Map<string, string>;
}

export function world({ rows = [], variants, explain, files = new Map() }: Tables): CheckWorld {
  const rowOf = (address: Predicted['address']): number => (address.kind === 'record' ? address.record : 0);
  const explains: Explains = {
    async *explain(samples) {
      for (const { address } of samples) {
        if (explain === undefined) throw new Error('nothing is explained');
        yield await Promise.resolve(explain(rowOf(address)));
      }
    },
  };
  return {
    slice: () =>
      Promise.resolve({
        ...explains,
        model: 'mail',
        labels,
        async *predictions() {
          for (const row of rows) yield await Promise.resolve(row);
        },
      }),
    one: () => {
      const [sample] = rows;
      if (sample === undefined) throw new Error('no row');
      const { class: best, probability } = sample;
      const probabilities = labels.map((_, index) => (index === best ? probability : 1 - probability));
      return Promise.resolve({ ...explains, sample, probabilities, labels, model: 'mail' });
    },
    variants: (address) => Promise.resolve(variants?.(rowOf(address)) ?? []),
    hasColumns: () => Promise.resolve(),
    picture: () => Promise.resolve({ width: 2, height: 1, grey: Uint8Array.of(0, 255) }),
    read: (path) => Promise.resolve(files.get(path) ?? null),
    write: (path, text) => {
      files.set(path, text);
      return Promise.resolve();
    },
  };
}

export const run: RunOptions = { accept: false };
