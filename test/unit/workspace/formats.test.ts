/** Models of other formats than ONNX are found by their names, and by a look inside where names say little. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, test } from 'node:test';
import { discoverModels } from '../../../server/workspace/discover';
import { modelFiles } from '../../../server/workspace/exportFolder';
import { modelFormat, modelStem } from '../../../server/workspace/modelFile';

const root = mkdtempSync(join(tmpdir(), 'formats-'));
after(() => rmSync(root, { recursive: true }));

const files: Readonly<Record<string, string>> = {
  'a/model.json': '{"format": "layers-model", "modelTopology": {}, "weightsManifest": []}',
  'a/group1-shard1of1.bin': 'x',
  'b/net.keras': 'PK',
  'c/net.h5': '\x89HDF model_config',
  'c/pictures.h5': '\x89HDF pictures',
  'c/net.weights.h5': '\x89HDF model_config',
  'd/saved/saved_model.pb': 'x',
  'd/frozen.pb': 'x',
  'e/package.json': '{}',
  'e/model.json': '{"name": "something else"}',
};
for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), content, 'latin1');
}

test('discovery: models, not data sets, weights alone, shards or other JSON', async () => {
  const { models } = await discoverModels(root);
  const found = models.map((path) => relative(root, path)).sort();
  assert.deepEqual(found, ['a/model.json', 'b/net.keras', 'c/net.h5', 'd/saved/saved_model.pb'].sort());
});

test('a folder stands for its model', () => {
  assert.equal(modelFiles(join(root, 'a')).model, join(root, 'a/model.json'));
  assert.equal(modelFiles(join(root, 'd/saved')).model, join(root, 'd/saved/saved_model.pb'));
});

test('formats and names', () => {
  assert.equal(modelFormat(join(root, 'a/model.json')), 'tfjs');
  assert.equal(modelFormat(join(root, 'd/frozen.pb')), null);
  assert.equal(modelStem(join(root, 'a/model.json')), 'a');
  assert.equal(modelStem(join(root, 'd/saved/saved_model.pb')), 'saved');
  assert.equal(modelStem(join(root, 'b/net.keras')), 'net');
});
