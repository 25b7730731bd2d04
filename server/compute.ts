/** The compute process: `fork`ed by the server, holds models and sessions. Its only argument is LocalOptions as JSON. */
import { serve } from './compute/child';
import { localCompute } from './compute/local';
import type { LocalOptions } from './compute/local';
import { loadOrt } from './engine/onnxruntime/library';

serve(localCompute(JSON.parse(process.argv[2] ?? '{}') as LocalOptions));
// Ready before the first request needs it; a failure is told by the request.
setImmediate(() => void loadOrt().catch(() => undefined));
