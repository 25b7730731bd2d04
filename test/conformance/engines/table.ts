/**
 * `npm run engines:table`: engines × operators × worst difference from ONNX Runtime on the processor, as a table.
 *
 * Each engine has a process of its own, which its driver may end, and at most `MINUTES` (5) for operators and as many for
 * methods: first one case of every operator, then a second one, and so on. What was not reached is said below the table.
 * `ENGINES=tensorflow/wasm,…` chooses. Progress goes to stderr.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Finding } from './column';
import { presentEngines } from './present';

/** Milliseconds without a word from a column: a device that hangs is not waited for. */
const PATIENCE = 180_000;

interface Column {
  readonly name: string;
  /** Row to worst difference. */
  readonly worst: Map<string, number>;
  readonly notes: string[];
}

const { present, absent } = await presentEngines();
const columns: Column[] = [];
for (const { name } of present) columns.push(await columnOf(name));
const rows = [...new Set(columns.flatMap(({ worst }) => [...worst.keys()]))];
const isMethod = (row: string): boolean => row.startsWith('method ');
const ordered = [...rows.filter((row) => !isMethod(row)).sort(), ...rows.filter(isMethod).sort()];

const width = Math.max(...rows.map((row) => row.length));
console.log(['operator'.padEnd(width), ...columns.map(({ name }) => name.padStart(20))].join(''));
for (const row of ordered)
  console.log([row.padEnd(width), ...columns.map(({ worst }) => show(worst.get(row)).padStart(20))].join(''));
console.log('\nWorst difference over max |expected|; – where no case was reached.');
for (const { name, notes } of columns) for (const note of notes) console.log(`${name}: ${note}`);
for (const { name, why } of absent) console.log(`${name}: not here: ${why}`);

function show(worst: number | undefined): string {
  if (worst === undefined) return '–';
  return worst === 0 ? '0' : Number.isFinite(worst) ? worst.toExponential(1) : 'fails';
}

function columnOf(name: string): Promise<Column> {
  const column: Column = { name, worst: new Map(), notes: [] };
  const child = fork(fileURLToPath(new URL('./column.ts', import.meta.url)), [name], { serialization: 'advanced' });
  const giveUp = (): void => {
    const last = [...column.worst.keys()].at(-1) ?? 'its start';
    column.notes.push(`nothing for ${PATIENCE / 1000} s after a case of ${last}: given up`);
    child.kill('SIGKILL');
  };
  let timer = setTimeout(giveUp, PATIENCE);
  child.on('message', (finding: Finding) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, PATIENCE);
    if (finding.kind === 'note') column.notes.push(finding.text);
    else column.worst.set(finding.row, Math.max(column.worst.get(finding.row) ?? 0, finding.worst));
  });
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) column.notes.push(`its process ended by ${signal ?? `itself, with ${code ?? 'nothing'}`}`);
      resolve(column);
    });
  });
}
