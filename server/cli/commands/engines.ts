/** `model-blame engines` */
import { engineTable } from '../../render/catalogue';
import type { Invocation } from '../types';
import { deliver, destination, terminalStyle } from '../output';
import { withServices } from '../request';

export async function engines({ command, values, io }: Invocation): Promise<void> {
  const to = destination(values, command, io.cwd, ['terminal', 'json']);
  const answer = await withServices(io, values, (services) => services.engines(values.flag('measure')));
  const json = `${JSON.stringify(answer, null, 2)}\n`;
  await deliver(to.format === 'json' ? json : engineTable(answer, terminalStyle(values, io)), to, io, command);
}
