/** `model-blame models`, `model-blame models MODEL` */
import { cardText } from '../../render/card';
import { modelTable } from '../../render/catalogue';
import type { Invocation } from '../types';
import { deliver, destination, terminalStyle } from '../output';
import { taskWish, withServices } from '../request';

export async function models({ command, values, positionals, io }: Invocation): Promise<void> {
  const to = destination(values, command, io.cwd, ['terminal', 'json']);
  const style = terminalStyle(values, io);
  const [model] = positionals;
  if (model !== undefined) {
    const card = await withServices(io, values, (services) => services.card({ model }), taskWish(values, command));
    const json = `${JSON.stringify(card, null, 2)}\n`;
    await deliver(to.format === 'json' ? json : cardText(card, style), to, io, command);
    return;
  }
  const answer = await withServices(io, values, (services) => services.models());
  const json = `${JSON.stringify(answer.models, null, 2)}\n`;
  await deliver(to.format === 'json' ? json : modelTable(answer.models, style), to, io, command);
}
