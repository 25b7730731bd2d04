/** `model-blame explain SAMPLE` */
import type { Explanation, MethodInfo } from '../../protocol';
import type { Invocation } from '../types';
import { deliver, destination, terminalStyle } from '../output';
import { methodParameters } from '../parameters';
import { sampleRequest, taskWish, withServices } from '../request';
import { targetRequest } from '../target';
import type { TerminalStyle } from '../../render/terminal';
import type { Format } from '../output';

export async function explain(invocation: Invocation): Promise<void> {
  const { command, values, io } = invocation;
  const to = destination(values, command, io.cwd, ['terminal', 'json', 'html', 'png', 'npy']);
  const sample = sampleRequest(invocation);
  const { explanation, info } = await withServices(
    io,
    values,
    async (services, options) => {
      const choices = () => services.choices({ model: sample.model, address: sample.address });
      const parameters = await methodParameters(values, command, choices);
      const target = await targetRequest(values, command, () => services.predict(sample, options));
      const explanation = await services.explain(
        {
          ...sample,
          method: values.one('method') ?? null,
          target,
          baseline: values.one('baseline') ?? null,
          parameters,
          engine: values.one('engine') ?? null,
          ...(values.flag('conservation') ? { conservation: true } : {}),
        },
        options,
      );
      // The report carries the method's documentation.
      const known = to.format === 'html' ? (await choices()).methods : [];
      return { explanation, info: known.find((method) => method.info.id === explanation.method)?.info ?? null };
    },
    taskWish(values, command),
  );
  await deliver(await rendered(explanation, info, to.format, terminalStyle(values, io)), to, io, command);
}

/** The conservation table, where it was asked for. */
async function books({ conservation }: Explanation, style: TerminalStyle): Promise<string> {
  if (conservation === undefined) return '';
  return `\n${(await import('../../render/conservation')).conservationText(conservation, style)}`;
}

async function rendered(
  explanation: Explanation,
  info: MethodInfo | null,
  format: Exclude<Format, 'junit' | 'sarif' | 'markdown' | 'table' | 'arrow'>,
  style: TerminalStyle,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'terminal':
      return (
        (await import('../../render/terminal')).explanationText(explanation, style) + (await books(explanation, style))
      );
    case 'json':
      return (await import('../../render/json')).explanationJson(explanation);
    case 'html':
      return await (await import('../../render/html')).explanationHtml(explanation, info);
    case 'png':
      return await (await import('../../render/png')).explanationPng(explanation);
    case 'npy':
      return (await import('../../render/npy')).relevanceNpy(explanation);
  }
}
