/** Words and ids looked up by the operators of `ai.onnx.ml`, on every engine present, to the digit of ONNX Runtime. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../server/errors';
import { float, floats, int, ints, text } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32, i64 } from '../../../server/graph/tensor';
import type { Attribute, DType, Tensor } from '../../../server/graph/types';
import type { Program } from '../../../server/program/types';
import { runIn } from './compare';
import { presentEngines, reference } from './present';

interface Case {
  readonly name: string;
  readonly op: string;
  readonly x: Tensor;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const strings = (...value: string[]): Attribute => ({ type: 'strings', value });
const words = (...data: string[]): Tensor => ({ dtype: 'string', dims: [data.length, 1], data });
const tensor = (value: Tensor): Attribute => ({ type: 'tensor', value });
const one = (dtype: DType, data: Tensor['data']): Tensor => ({ dtype, dims: [data.length], data });

const colours = strings('red', 'green', 'blue');
const asked = words('blue', 'red', 'none', 'green', 'Red');
const cases: Case[] = [
  { name: 'words', op: 'OneHotEncoder', x: asked, attributes: { cats_strings: colours, zeros: int(1) } },
  { name: 'ids', op: 'OneHotEncoder', x: i64([7, -1, 3, 4], [2, 2]), attributes: { cats_int64s: ints([3, 7, -1]) } },
  {
    name: 'fractions',
    op: 'OneHotEncoder',
    x: f32([1.7, 2.2, -1.5, 9]),
    attributes: { cats_int64s: ints([1, 2, -1]) },
  },
  {
    name: 'words to ids',
    op: 'LabelEncoder',
    x: asked,
    attributes: { keys_strings: colours, values_int64s: ints([5, 6, 7]), default_int64: int(-3) },
  },
  {
    name: 'words to floats, no default',
    op: 'LabelEncoder',
    x: asked,
    attributes: { keys_strings: colours, values_floats: floats([0.5, 1.5, 2.5]) },
  },
  {
    name: 'ids to words, no default',
    op: 'LabelEncoder',
    x: i64([2, 1, 9], [3]),
    attributes: { keys_int64s: ints([1, 2, 3]), values_strings: colours },
  },
  {
    name: 'floats, NaN among them',
    op: 'LabelEncoder',
    x: f32([0, -0, Number.NaN, 2.5, 3]),
    attributes: {
      keys_floats: floats([0, Number.NaN, 2.5]),
      values_floats: floats([10, 11, 12]),
      default_float: float(-7),
    },
  },
  {
    name: 'words with a default',
    op: 'LabelEncoder',
    x: i64([2, 5], [2]),
    attributes: { keys_int64s: ints([2]), values_strings: strings('two'), default_string: text('other') },
  },
  {
    name: 'tensors',
    op: 'LabelEncoder',
    x: i64([4, 8, 1], [3]),
    attributes: {
      keys_tensor: tensor(one('int64', BigInt64Array.from([4n, 8n]))),
      values_tensor: tensor(one('int64', BigInt64Array.from([40n, 80n]))),
      default_tensor: tensor(one('int64', BigInt64Array.from([-2n]))),
    },
  },
];

function programOf({ op, x, attributes, name }: Case): Program {
  const b = new GraphBuilder('categories');
  const input = b.input('x', x.dtype, x.dims);
  const [y = ''] = b.ops(op, [input], 1, attributes, op, 'ai.onnx.ml');
  const spec = { kind: 'forward', head: 'linear', rules: 'gradient' } as const;
  return { graph: b.build([b.rename(y, 'y')]), key: `${op}-${name}`, spec, trace: [], twins: [] };
}

const processor = await reference();
const { present } = await presentEngines();
for (const engine of present) {
  for (const one of cases)
    test(`${engine.name}: ${one.op}: ${one.name}`, async () => {
      const program = programOf(one);
      const { y: expected } = await runIn(processor, program, { x: one.x });
      const { y } = await runIn(engine, program, { x: one.x });
      assert.deepEqual(y, expected);
    });
  test(`${engine.name}: OneHotEncoder: a category it does not know, and must`, async () => {
    const program = programOf({ ...cases[0]!, attributes: { cats_strings: colours, zeros: int(0) } });
    await assert.rejects(runIn(engine, program, { x: asked }), UserError);
  });
}
