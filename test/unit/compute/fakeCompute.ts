/** A compute process whose requests do what their method says: for tests of the process around it. */
import { serve } from '../../../server/compute/child';
import type { AttributeRequest, Compute, ComputeOptions } from '../../../server/compute/types';
import { throwIfCancelled, UserError } from '../../../server/errors';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function block(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

async function attribute(request: AttributeRequest, options: ComputeOptions = {}): Promise<unknown> {
  const [verb, number = '0'] = request.method.split(':');
  switch (verb) {
    case 'echo':
      return { request, pid: process.pid };
    case 'chunks':
      // One chunk blocks for 30 ms, as a run of a model does.
      for (let done = 0; done < Number(number); done += 1) {
        throwIfCancelled(options.signal);
        options.progress?.(done, Number(number), 'working');
        block(30);
        await turn();
      }
      return { pid: process.pid };
    case 'block':
      options.progress?.(0, 1, 'working');
      block(Number(number));
      return { pid: process.pid };
    case 'die':
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => undefined);
      return null;
    case 'exit':
      process.exit(Number(number));
      break;
    case 'complain':
      throw new UserError('test', 'something is wrong', { where: 'here', next: 'do that' });
    default:
      throw new RangeError('a defect');
  }
}

if (process.env['FAKE_COMPUTE'] === 'silent') setInterval(() => undefined, 1000);
else if (process.env['FAKE_COMPUTE'] === 'stillborn') process.exit(3);
else
  serve({
    engines: () => Promise.resolve({ engines: [], chosen: String(process.pid) }),
    attribute,
    predict: () => Promise.resolve({ scores: [], engine: String(process.pid), modelMilliseconds: 0 }),
  } as unknown as Compute);
