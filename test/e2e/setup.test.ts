import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inWindow, startSession, whyNoWorkbench } from './session';
import type { Session } from './session';

const skip = whyNoWorkbench() ?? false;
let session: Session;
before(async () => {
  if (skip === false) session = await startSession();
});
after(() => session.close());

test('the first explanation in a folder leads through the set-up and writes the file', { skip }, () =>
  inWindow(session, 'setup', async (workbench) => {
    await workbench.openFile('bare/data/test.csv');
    await workbench.contextMenu(workbench.line('L2402'), 'Explain Row');
    await workbench.choice('loans.onnx').waitFor();
    await workbench.screenshot('setup-model');
    await workbench.choice('loans.onnx').click();
    await workbench.choice('defaulted').waitFor();
    await workbench.screenshot('setup-columns');
    await workbench.choice('defaulted').click();
    const panel = await workbench.panel('.bar-row');
    await panel.locator('.bar-row', { hasText: 'reminders_sent' }).waitFor();
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    await workbench.page.locator('.tab', { hasText: 'model-blame' }).first().waitFor();
    await workbench.screenshot('setup-done');
    const written = JSON.parse(readFileSync(join(session.workspace.folder, 'model-blame.json'), 'utf8')) as unknown;
    assert.deepEqual(written, {
      models: { loans: { path: 'bare/models/loans.onnx' } },
      datasets: [{ files: 'bare/data/test.csv', label: 'defaulted', model: 'loans' }],
    });
  }),
);

test('several models fit: asked once, remembered for the file', { skip }, () =>
  inWindow(session, 'several', async (workbench) => {
    const picture = await workbench.explorerItem('digits/other.png');
    await workbench.contextMenu(picture, 'Explain Picture');
    await workbench.choice('watermarked').waitFor();
    await workbench.screenshot('several-models');
    await workbench.choice('watermarked').click();
    const panel = await workbench.panel('canvas.stage');
    await panel.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    await panel.getByText('watermarked').first().waitFor();
    // Without a panel, a result can only be a new one; a question would keep it away.
    await workbench.closeEditors();
    await workbench.contextMenu(picture, 'Explain Picture');
    const again = await workbench.panel('canvas.stage');
    await again.locator('.accounting-line', { hasText: 'Σ relevance' }).waitFor();
    await again.getByText('watermarked').first().waitFor();
    assert.equal(await workbench.choice('watermarked').isVisible(), false);
  }),
);
