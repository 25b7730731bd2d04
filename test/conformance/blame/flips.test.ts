/**
 * Blame on the example: of the misclassified digits at least 80 % are right after ten replaced pixels of 784 in the
 * order of blame, by the recommended form, and less than 30 % in random order. Pictures are made by
 * `node examples/prepare.mjs`.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localCompute } from '../../../server/compute/local';
import { createServices } from '../../../server/services';
import { toUri } from '../../../server/workspace/uris';

const folder = fileURLToPath(new URL('../../../examples/digits', import.meta.url));
const services = createServices({ folders: [folder], compute: localCompute() });
after(() => services.dispose());

function pictures(part: string): string[] {
  const root = join(folder, 'data', part);
  if (!existsSync(root)) return [];
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.png'))
    .sort()
    .map((name) => toUri(join(root, name)));
}

for (const [part, most] of [
  ['test', 100],
  ['watermark', 40],
] as const) {
  const uris = pictures(part);
  const skip = uris.length === 0 ? 'the example’s pictures are not there: node examples/prepare.mjs' : false;
  test(`flips-to-gold@10 on the digits of ${part}`, { skip }, async (context) => {
    const answer = await services.flips({
      uris,
      model: null,
      method: null,
      parameters: {},
      replacement: null,
      baseline: null,
      remove: 10,
      donors: 1,
      most,
    });
    const [blamed, random] = [answer.blame[10] ?? 0, answer.random[10] ?? 1];
    context.diagnostic(
      `${answer.errors.length} of ${answer.misclassified} errors: ${(100 * blamed).toFixed(1)} % by blame, ${(100 * random).toFixed(1)} % at random`,
    );
    assert.ok(answer.misclassified >= 20, 'enough errors to speak about');
    assert.ok(blamed >= 0.8, `${(100 * blamed).toFixed(1)} % in the order of blame`);
    assert.ok(random < 0.3, `${(100 * random).toFixed(1)} % in random order`);
  });
}
