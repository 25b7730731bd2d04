/** The examples' tests fail as they should, and their failures lead to the sample. The other frameworks: `npm run test:peers`. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { localCompute } from '../../../server/compute/local';
import { createServices } from '../../../server/services';
import { sampleOf } from './convention';

const root = resolve(import.meta.dirname, '../../..');
const services = createServices({ folders: [join(root, 'examples', 'mail')], compute: localCompute() });
after(() => services.dispose());

test('node:test: the message of the assertion names the row', async () => {
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap', 'examples/tests/node.test.mjs'],
    {
      cwd: root,
      env,
      encoding: 'utf8',
    },
  );
  const told = `${stdout}\n${stderr}\nexit code ${status}, signal ${signal}`;
  assert.equal(status, 1, told);
  // Of the mails, that is: how the process of the tests ends, with the native library in it, is no assertion's doing.
  assert.equal(stdout.match(/^ok \d+ - mail \d+/gm)?.length, 11, told);
  assert.equal(stdout.match(/^not ok \d+ - mail \d+/gm)?.length, 1, told);
  const message = /error: \|-\n([\s\S]*?)\n {2}code:/.exec(stdout)?.[1] ?? '';
  await sampleOf(message, services, 'node.test.mjs');
});
