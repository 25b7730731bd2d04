/** A server that starts a compute process, tells its id, and waits to be killed. */
import { forkedCompute } from '../../../server/compute/fork';
import type { AttributeRequest } from '../../../server/compute/types';

const compute = forkedCompute({ entry: process.argv[2] ?? '' });
const { chosen } = await compute.engines();
// Half a minute of work: the process has to end in the middle of it.
compute.attribute({ method: 'chunks:1000' } as AttributeRequest).catch(() => undefined);
process.send?.(chosen);
setInterval(() => undefined, 1000);
