// Loaded into a server before its own code. Appends to the file that MODEL_BLAME_BUSY names, one JSON line each, the
// stretches of work without a pause: { from, to } by the clock, and the processor time that this thread took.
import { appendFileSync, readFileSync } from 'node:fs';

/** Shorter ones are not worth a line. */
const LEAST = 20;
const file = process.env.MODEL_BLAME_BUSY;

/** Milliseconds. Elsewhere than on Linux that of all threads, which is more. */
function processorTime() {
  if (process.platform === 'linux')
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

// The compute process inherits this too, and may be busy as long as it likes.
if (file !== undefined && process.argv.includes('--node-ipc')) {
  let [from, before] = [Date.now(), processorTime()];
  setInterval(() => {
    const [to, now] = [Date.now(), processorTime()];
    if (now - before > LEAST) appendFileSync(file, `${JSON.stringify({ from, to, busy: now - before })}\n`);
    [from, before] = [to, processorTime()];
  }, 1).unref();
}
