/** What an untrusted workspace may not lead to. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { confineData } from '../../../server/workspace/paths';

const folder = mkdtempSync(join(tmpdir(), 'paths-'));
after(() => rmSync(folder, { recursive: true }));

test('shards that are links out of the workspace', () => {
  const root = join(folder, 'workspace');
  mkdirSync(root);
  const [secret, own, link] = [join(folder, 'secret'), join(root, 'own.bin'), join(root, 'link.bin')];
  writeFileSync(secret, 'x');
  writeFileSync(own, 'x');
  symlinkSync(secret, link);
  const refused = { code: 'path-outside-workspace' };
  assert.throws(() => confineData([own, link], { trusted: false, root }), refused);
  confineData([own, join(root, 'missing.bin')], { trusted: false, root });
  confineData([own, link], { trusted: true, root });
});
