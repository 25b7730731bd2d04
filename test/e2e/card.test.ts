/** A model file in the explorer: its card, whatever its format; a broken one is a sentence. */
import { after, before, test } from 'node:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';

const skip = whyNoWorkbench() ?? false;
let session: Session;
before(async () => {
  if (skip !== false) return;
  session = await startSession();
  const broken = join(session.workspace.folder, 'bare', 'models', 'broken');
  mkdirSync(broken, { recursive: true });
  writeFileSync(join(broken, 'model.json'), '{"modelTopology": {}}');
});
after(() => session.close());

test('a model’s card opens from the explorer: ONNX and TensorFlow.js', { skip }, () =>
  inWindow(session, 'card', async (workbench) => {
    for (const [path, input, logit] of [
      ['digits/models/digits.onnx', 'picture', 'the output itself'],
      ['digits/models/tensorflowjs/model.json', 'conv_0_input', 'before the final softmax'],
    ] as const) {
      await workbench.contextMenu(await workbench.explorerItem(path), 'Show Model Card');
      const card = await workbench.panel(`td:has-text("${input}: float32")`);
      // The labels are those of the workspace file, which lies beside the models and not in the workspace's root.
      for (const text of [logit, 'Conv × 2', 'Integrated gradients', '[batch, 10]', '10: 0, 1, 2'])
        await card.getByText(text).first().waitFor();
      await workbench.screenshot(`card-${path.split('/').at(-2) ?? ''}`);
      await workbench.closeEditors();
    }
  }),
);

test('a model that cannot be read says why', { skip }, () =>
  inWindow(session, 'card-broken', async (workbench) => {
    await workbench.contextMenu(await workbench.explorerItem('bare/models/broken/model.json'), 'Show Model Card');
    await workbench.notification(/model\.json/).waitFor();
    await workbench.screenshot('card-broken');
  }),
);
