/** `modelBlame.tensorflow.path` and what is found there: the real package's place taken by one that can multiply. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { probeNode } from '../../../server/engine/tensorflow/node';
import { UserError } from '../../../server/errors';

const multiplies = (product: string): string => `module.exports = {
  tensor2d: () => ({}), matMul: () => ({ dataSync: () => [${product}] }),
  backend: () => ({ binding: { TF_Version: '9.9' } }), version: { 'tfjs-node': '1.2.3' } };`;

/** A folder in which the package was installed. */
function installed(t: TestContext, index: string): { readonly folder: string; readonly own: string } {
  const folder = mkdtempSync(join(tmpdir(), 'model-blame-path-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const own = join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
  mkdirSync(own, { recursive: true });
  writeFileSync(
    join(own, 'package.json'),
    '{ "name": "@tensorflow/tfjs-node", "version": "1.2.3", "main": "main.js" }',
  );
  writeFileSync(join(own, 'main.js'), index);
  return { folder, own };
}

const refused = (what: RegExp, next: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UserError);
  assert.match(error.what, what);
  assert.match(error.next ?? '', next);
  return true;
};

test('the folder it was installed in, named in full, from here, or as the package’s own', async (t) => {
  const { folder, own } = installed(t, multiplies('7, 10, 15, 22'));
  for (const path of [folder, relative(process.cwd(), folder), own])
    assert.equal(await probeNode('node', path), 'TensorFlow 9.9, tfjs-node 1.2.3');
});

test('a library that multiplies wrongly, or that throws, is not used', async (t) => {
  const wrong = installed(t, multiplies('7, 10, 15, 23'));
  await assert.rejects(probeNode('node', wrong.folder), refused(/multiplies wrongly: 7, 10, 15, 23/, /^$/));
  const absent = installed(t, 'throw new Error("The Node.js native addon module can not be found at path: x.node");');
  await assert.rejects(
    probeNode('node', absent.folder),
    refused(/not there: npm rebuild .* in .*model-blame-path/, /^$/),
  );
  const crash = installed(t, 'process.kill(process.pid, "SIGSEGV"); while (true);');
  await assert.rejects(probeNode('node', crash.folder), refused(/ended by SIGSEGV/, /^$/));
});

test('no folder, a folder without it: what to do is said', async () => {
  for (const path of [join(tmpdir(), 'model-blame-nowhere'), tmpdir()])
    await assert.rejects(
      probeNode('node', path),
      refused(/there is no @tensorflow\/tfjs-node in/, /modelBlame\.tensorflow\.path.*MODEL_BLAME_TENSORFLOW/),
    );
  await assert.rejects(
    probeNode('node-gpu', null),
    refused(/tfjs-node-gpu is not installed/, /npm install @tensorflow\/tfjs-node-gpu/),
  );
});
