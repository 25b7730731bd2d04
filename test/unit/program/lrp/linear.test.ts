/** Every rule × bias policy × linear layer: the compiled program in float64 against loops over neurons. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { BATCH } from '../../../../server/graph/types';
import { compileProgram } from '../../../../server/program/compile';
import { conservationColumns, names } from '../../../../server/program/types';
import type { Program } from '../../../../server/program/types';
import type { LinearRule } from '../../../../server/program/rules/lrp/types';
import { array, interpret } from '../../../support/interpreter';
import type { Array64 } from '../../../support/interpreter';
import { runInEngine } from '../../../support/interpreter/engine';
import { inputs, modelOf, worst } from '../../../support/interpreter/models';
import { eighths, layers } from './layers';
import type { Layer } from './layers';
import { relevance } from './slow';

const policies = ['absorb', 'ignore'] as const;
const rules: readonly LinearRule[] = [
  ...policies.flatMap((bias): LinearRule[] => [
    { rule: 'zero', bias },
    { rule: 'epsilon', bias },
    { rule: 'epsilon', epsilon: 0.25, bias },
    { rule: 'epsilon', epsilon: 0.25, relative: true, bias },
    { rule: 'norm', bias },
    { rule: 'gamma', bias },
    { rule: 'gamma', gamma: 4, bias },
    { rule: 'alphaBeta', alpha: 1, beta: 0, bias },
    { rule: 'alphaBeta', bias },
    { rule: 'alphaBeta', alpha: 3.5, beta: 2.5, bias },
    { rule: 'zPlus', bias },
  ]),
  { rule: 'zero', bias: 'redistribute' },
  { rule: 'epsilon', epsilon: 0.25, bias: 'redistribute' },
  { rule: 'epsilon', epsilon: 0.25, relative: true, bias: 'redistribute' },
  { rule: 'wSquare' },
  { rule: 'wSquare', countBias: true },
  { rule: 'flat' },
  { rule: 'box' },
  { rule: 'gradient' },
];

const title = ({ rule, ...rest }: LinearRule): string =>
  `${rule}${Object.entries(rest).map(([key, value]) => ` ${key}=${String(value)}`).join('')}`; // prettier-ignore

const ROWS = 3;

interface Made {
  readonly program: Program;
  readonly feeds: Record<string, Array64>;
  readonly samples: readonly { readonly a: number[]; readonly r: number[]; low: number[]; high: number[] }[];
}

/** Relevance at the layer is what the mask says: the pass starts from 1 there. */
function compile(layer: Layer, rule: LinearRule): Made {
  const b = inputs({ x: [BATCH, ...layer.input] });
  const z = layer.build(b, 'x');
  const logits = b.op('Reshape', [z, b.indices([0, layer.neurons.length])]);
  const size = layer.input.reduce((product, dim) => product * dim, 1);
  const samples = Array.from({ length: ROWS }, (_, row) => {
    // The last sample is nothing but zeros.
    const a = row === ROWS - 1 ? new Array<number>(size).fill(0) : eighths(size, 50 + row);
    const spread = eighths(size, 70).map(Math.abs);
    return {
      a,
      r: eighths(layer.neurons.length, 60 + row),
      low: spread.map((x) => -1 - x),
      high: spread.map((x) => 2 - x),
    };
  });
  const program = compileProgram(modelOf({ b, entries: ['x'], logits }), {
    kind: 'relevance',
    head: 'linear',
    rules: 'lrp',
    options: { composite: { dense: rule, convolution: rule, pooling: rule }, start: 'one' },
    filter: [z],
    conservation: true,
  });
  const rows = (pick: (sample: (typeof samples)[number]) => number[], dims: readonly number[]): Array64 =>
    array([ROWS, ...dims], samples.flatMap(pick));
  const feeds: Record<string, Array64> = {
    x: rows(({ a }) => a, layer.input),
    [names.seed]: array([1, layer.neurons.length], new Array<number>(layer.neurons.length).fill(1)),
    [names.mask(z)]: rows(({ r }) => r, layer.output),
  };
  if (rule.rule === 'box') {
    feeds[names.twin('low', 'x')] = rows(({ low }) => low, layer.input);
    feeds[names.twin('high', 'x')] = rows(({ high }) => high, layer.input);
  }
  return { program, feeds, samples };
}

const expectedOf = (layer: Layer, rule: LinearRule, { samples }: Made): number[] =>
  samples.flatMap(({ a, r, low, high }) => relevance(layer.neurons, a, r, rule, { low, high }));

/** Σ of what arrived, what was passed on and what was absorbed at the layer's own node. */
function books(layer: Layer, { program }: Made, table: Array64): { arrived: number; missing: number } {
  const row = program.trace.findIndex(({ op }) => op === layer.op);
  const cells = Array.from(table.data.subarray(row * conservationColumns.length)).slice(0, conservationColumns.length);
  const [arrived = 0, passedOn = 0, , ...absorbed] = cells;
  return { arrived, missing: arrived - passedOn - absorbed.reduce((sum, x) => sum + x, 0) };
}

/** Weights of linear resizing differ within a neuron: the rules without activations say they are no layer for them. */
const refused = (layer: Layer, { rule, bias }: LinearRule): boolean =>
  layer.op === 'Resize' &&
  layer.name === 'linear' &&
  (rule === 'wSquare' || rule === 'flat' || bias === 'redistribute');

for (const layer of layers)
  for (const rule of rules)
    test(`${layer.op} ${layer.name}: ${title(rule)}`, () => {
      if (refused(layer, rule)) {
        assert.throws(() => compile(layer, rule), /weights/);
        return;
      }
      const made = compile(layer, rule);
      const results = interpret(made.program.graph, made.feeds);
      const error = worst(results[names.relevance('x')]!.data, expectedOf(layer, rule, made));
      // ε is kept as float32 in the program.
      assert.ok(error < 1e-7, `relative error ${error}`);
      if (rule.rule === 'gradient') return;
      const { missing } = books(layer, made, results[names.conservation]!);
      const scale = made.samples.flatMap(({ r }) => r).reduce((sum, r) => sum + Math.abs(r), 0);
      assert.ok(Math.abs(missing) < 1e-6 * scale, `${missing} of ${scale} is in no book`);
    });

for (const layer of layers)
  test(`${layer.op} ${layer.name} in ONNX Runtime`, async () => {
    const first = rules.filter((one, at) => rules.findIndex(({ rule }) => rule === one.rule) === at);
    for (const rule of first.filter((one) => !refused(layer, one))) {
      const made = compile(layer, rule);
      const results = await runInEngine(made.program, made.feeds);
      const error = worst(results[names.relevance('x')]!.data, expectedOf(layer, rule, made));
      assert.ok(error < 1e-5, `${title(rule)}: relative error ${error}`);
    }
  });
