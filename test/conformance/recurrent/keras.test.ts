/** Recurrent layers that Keras writes out as single operators get the relevance of the operators (`keras_models.py`). */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { importModel } from '../../../server/model/import';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import { array, interpret } from '../../support/interpreter';
import { worst } from '../../support/interpreter/models';
import { vary } from '../gradient/cases/types';

const folder = fileURLToPath(new URL('./keras/', import.meta.url));
/** LRP-0: with ε the two forms differ by it, for what is one layer inside an operator is several sums written out. */
const options = { rule: { rule: 'epsilon', epsilon: 0 }, recurrentEpsilon: 0 };

async function relevanceOf(file: string): Promise<{ readonly logits: Float64Array; readonly relevance: Float64Array }> {
  const model = await importModel(`${folder}${file}`);
  const entry = model.entries[0]!.value;
  const program = compileProgram(model, { kind: 'relevance', head: 'linear', rules: 'lrp', options });
  const x = vary([1, 6, 4], -2, 2, 17);
  const results = interpret(program.graph, {
    [entry]: array(x.dims, x.data),
    [names.seed]: array([1, 3], [1, -0.5, 0.25]),
  });
  return { logits: results[names.logits]!.data, relevance: results[names.relevance(entry)]!.data };
}

for (const name of ['lstm', 'gru'])
  test(`Keras ${name}: unrolled and as an operator`, async () => {
    const [written, operator] = [await relevanceOf(`keras-${name}.onnx`), await relevanceOf(`operator-${name}.onnx`)];
    assert.ok(worst(written.logits, operator.logits) < 1e-9, 'logits');
    const error = worst(written.relevance, operator.relevance);
    assert.ok(error < 1e-9, `relevance is off by ${error}`);
  });
