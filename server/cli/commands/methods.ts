/** `model-blame methods`: the table of methods, generated from their own documentation. */
import type { MethodInfo } from '../../protocol';
import { methodText, methodTable } from '../../render/catalogue';
import type { Invocation } from '../types';
import { deliver, destination, terminalStyle } from '../output';

export async function methods({ command, values, positionals, io }: Invocation): Promise<void> {
  const to = destination(values, command, io.cwd, ['terminal', 'json']);
  const { METHODS, methodById } = await import('../../explain/methods');
  const id = positionals[0] ?? values.one('method');
  const infos: readonly MethodInfo[] = id === undefined ? METHODS.map(({ info }) => info) : [methodById(id).info];
  const style = terminalStyle(values, io);
  const text =
    to.format === 'json'
      ? `${JSON.stringify(infos, null, 2)}\n`
      : id === undefined
        ? methodTable(infos, style)
        : infos.map((info) => methodText(info, style)).join('\n');
  await deliver(text, to, io, command);
}
