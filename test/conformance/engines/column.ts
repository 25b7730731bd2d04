/** One column of the table: a process that measures one engine, and tells its parent as it goes. */
import { openEngine } from '../../../server/engine';
import { explanations, measureMethod } from './methods';
import { expectations, measure, preparedCases } from './operators';
import { reference } from './present';

export type Finding =
  | { readonly kind: 'worst'; readonly row: string; readonly worst: number }
  /** What does not fit into the table. */
  | { readonly kind: 'note'; readonly text: string };

const minutes = Number(process.env['MINUTES'] ?? '5');
const [name = ''] = process.argv.slice(2);

const tell = (finding: Finding): void => void process.send?.(finding);

const message = (error: unknown): string => (error instanceof Error ? error.message : 'no error of its own');

/** One case of every group, then a second one of those that have two, and so on. */
function inTurns<T>(items: readonly T[], groupOf: (item: T) => string): T[] {
  const seen = new Map<string, number>();
  const turns = items.map((item) => {
    const turn = seen.get(groupOf(item)) ?? 0;
    seen.set(groupOf(item), turn + 1);
    return { item, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ item }) => item);
}

/** Works through the items until the time is over. */
async function each<T>(what: string, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const began = Date.now();
  let done = 0;
  for (const item of items) {
    if (Date.now() - began > minutes * 60_000) break;
    await work(item);
    done += 1;
    if (done % 50 === 0) process.stderr.write(`${name}: ${done} of ${items.length} ${what}\n`);
  }
  const time = ((Date.now() - began) / 1000).toFixed(0);
  tell({ kind: 'note', text: `${done} of ${items.length} ${what} in ${time} s` });
}

const engine = await openEngine(name, { threads: 1 });
const processor = await reference();
await each(
  'programs',
  inTurns(preparedCases(), ({ op }) => op),
  async (one) => {
    const [expected = {}] = await expectations(processor, [one]);
    for (const { op, what, worst, error } of await measure(engine, one, expected)) {
      tell({ kind: 'worst', row: op, worst });
      if (error !== undefined) tell({ kind: 'note', text: `${op}: ${what}: ${message(error)}` });
    }
  },
);
await each(
  'explanations',
  inTurns(await explanations(), ({ choice }) => choice[0]),
  async (one) => {
    const { what, worst, error } = await measureMethod(name, one);
    tell({ kind: 'worst', row: `method ${one.choice[0]}`, worst });
    if (error !== undefined) tell({ kind: 'note', text: `${what}: ${message(error)}` });
  },
);
process.disconnect();
process.exit(0);
