/** Whether an engine computes what the processor does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openUntried } from '../../../server/engine';
import { errorLine, inProcess, isSoftware } from '../../../server/engine/probe';
import { differenceOf, tryEngine } from '../../../server/engine/trial';
import { operations, small, trialFeeds, trialProgram } from '../../../server/engine/trial/program';

test('another engine gives the numbers of the processor, found out in a process of its own', async () => {
  const { own, processor, throughput } = await tryEngine('tensorflow/cpu', 1, false);
  assert.equal(own.length, small.hidden * 7 + small.channels * small.side ** 2);
  assert.ok(differenceOf(own, processor) < 1e-5);
  assert.equal(throughput, null);
});

test('the first number by hand: a convolution, its activation, its transpose', async () => {
  const engine = await openUntried('onnxruntime/cpu', { threads: 1 });
  const executable = await engine.compile(trialProgram(small));
  const { back } = await executable.run(trialFeeds(small));
  const { side, channels, hidden } = small;
  // Output (0, 0, 0) of the transposed convolution sees position (0, 0) alone, through each kernel's first tap.
  let expected = 0;
  for (let unit = 0; unit < hidden; unit += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1)
      for (let row = 0; row < 3; row += 1)
        for (let column = 0; column < 3; column += 1)
          sum +=
            Math.sin(0.9 * ((channel * side + row) * side + column)) *
            Math.sin(0.7 * (((unit * channels + channel) * 3 + row) * 3 + column));
    expected += (sum > 0 ? sum : 0.1 * sum) * Math.sin(0.7 * unit * channels * 9);
  }
  assert.ok(Math.abs((back?.data[0] as number) - expected) < 1e-4, `${String(back?.data[0])} against ${expected}`);
  executable.dispose();
});

test('numbers that are off or missing are seen', () => {
  assert.equal(differenceOf([1, -4], [1, -4]), 0);
  assert.equal(differenceOf([1, -3], [1, -4]), 0.25);
  assert.ok(Number.isNaN(differenceOf([1], [1, -4])));
  assert.ok(Number.isNaN(differenceOf([1, Number.NaN], [1, -4])));
});

test('a process that ends, or complains, is a reason and not a crash', async () => {
  const why = (script: string) =>
    inProcess(['-e', script], errorLine).then(
      () => 'answered',
      (error: unknown) => (error as Error).message,
    );
  assert.match(await why('process.kill(process.pid, "SIGSEGV")'), /its trial was ended by SIGSEGV/);
  assert.match(await why('console.error("Error: no adapter"); process.exit(1)'), /^no adapter$/);
  assert.match(await why(''), /ended without an answer/);
});

test('an engine that does not exist cannot be tried', async () => {
  await assert.rejects(tryEngine('tensorflow/abacus', 1, false), /There is no engine “tensorflow\/abacus”/);
});

test('drivers in software are known by their names', () => {
  assert.ok(isSoftware('/usr/share/vulkan/icd.d/lvp_icd.json'));
  assert.ok(isSoftware('llvmpipe: Mesa 25.0.7'));
  assert.ok(!isSoftware('NVIDIA GeForce RTX 4090'));
  assert.ok(!isSoftware(''));
});

test('operations of the small program: two convolutions of 3×3 and a product', () => {
  assert.equal(operations({ side: 3, channels: 1, hidden: 1 }), 2 * (9 + 9 + 7));
});
