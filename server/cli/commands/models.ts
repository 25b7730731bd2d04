/** `model-blame models` */
import { modelTable } from '../../render/catalogue';
import type { Invocation } from '../types';
import { deliver, destination, terminalStyle } from '../output';
import { withServices } from '../request';

export async function models({ command, values, io }: Invocation): Promise<void> {
  const to = destination(values, command, io.cwd, ['terminal', 'json']);
  const answer = await withServices(io, values, (services) => services.models());
  const json = `${JSON.stringify(answer.models, null, 2)}\n`;
  await deliver(to.format === 'json' ? json : modelTable(answer.models, terminalStyle(values, io)), to, io, command);
}
