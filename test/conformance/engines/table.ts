/** `npm run engines:table`: engines × operators × worst difference from ONNX Runtime on the processor, as a table. */
import { expectations, measure, preparedCases } from './operators';
import { explanations, measureMethod } from './methods';
import { presentEngines, reference } from './present';

const { present, absent } = await presentEngines();
const prepared = preparedCases();
const expected = await expectations(await reference(), prepared);
const columns = present.map(({ name }) => name);
/** Row to worst difference per engine. */
const rows = new Map<string, number[]>();

const note = (row: string, column: number, worst: number): void => {
  const cells = rows.get(row) ?? columns.map(() => 0);
  cells[column] = Math.max(cells[column]!, worst);
  rows.set(row, cells);
};

for (const [column, engine] of present.entries())
  for (const [index, one] of prepared.entries())
    for (const { op, worst } of await measure(engine, one, expected[index]!)) note(op, column, worst);
const operators = [...rows.keys()].sort();
const methods = await explanations();
for (const [column, { name }] of present.entries())
  for (const one of methods) note(`method ${one.choice[0]}`, column, (await measureMethod(name, one)).worst);

const width = Math.max(...[...rows.keys()].map((row) => row.length));
const show = (worst: number): string => (worst === 0 ? '0' : Number.isFinite(worst) ? worst.toExponential(1) : 'fails');
console.log(['operator'.padEnd(width), ...columns.map((name) => name.padStart(20))].join(''));
for (const row of [...operators, ...[...rows.keys()].filter((name) => name.startsWith('method ')).sort()])
  console.log([row.padEnd(width), ...rows.get(row)!.map((worst) => show(worst).padStart(20))].join(''));
console.log(
  `\nWorst difference over max |expected|, ${prepared.length} programs and ${methods.length} explanations per engine.`,
);
for (const { name, why } of absent) console.log(`${name}: not here: ${why}`);
