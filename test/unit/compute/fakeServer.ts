/** A server that starts a compute process, tells its id, and waits to be killed. */
import { forkedCompute } from '../../../server/compute/fork';

const compute = forkedCompute({ entry: process.argv[2] ?? '' });
const { chosen } = await compute.engines();
process.send?.(chosen);
setInterval(() => undefined, 1000);
