/** `model-blame export --model NAME --method ID --out FILE.onnx` */
import { resolve } from 'node:path';
import { UserError } from '../../errors';
import type { Services } from '../../services/types';
import { bytes } from '../../render/numbers';
import { visible } from '../../render/text';
import type { Invocation } from '../types';
import { wrongUse } from '../options';
import { givenOptions } from '../parameters';
import { taskWish, withServices } from '../request';
import { targetRequest } from '../target';

export async function exportProgram({ command, values, io }: Invocation): Promise<void> {
  const out = values.one('out');
  if (out === undefined) throw wrongUse('no file to write is given', command, undefined, '--out FILE.onnx');
  if (!out.toLowerCase().endsWith('.onnx')) throw wrongUse('the file must end in .onnx', command, undefined, out);
  const method = values.one('method');
  if (method === undefined) throw wrongUse('no method is given', command, undefined, '--method ID');
  const target = await targetRequest(values, command, () =>
    Promise.reject(
      wrongUse('without a sample there is no predicted class', command, undefined, '--target LABEL|INDEX is needed'),
    ),
  );
  const parameters = givenOptions(values, command);
  const answer = await withServices(
    io,
    values,
    async (services) =>
      services.exportProgram({
        model: values.one('model') ?? (await onlyModel(services)),
        method,
        parameters,
        target,
        path: resolve(io.cwd, out),
      }),
    taskWish(values, command),
  );
  io.stdout.write(`${visible(answer.path)}\n`);
  io.stderr.write(`wrote ${visible(answer.path)} (${bytes(answer.bytes)})\n`);
}

async function onlyModel(services: Services): Promise<string> {
  const { models } = await services.models();
  const usable = models.filter(({ problem }) => problem === null);
  const [only] = usable;
  if (only !== undefined && usable.length === 1) return only.name;
  throw new UserError('which-model', usable.length === 0 ? 'There is no model here' : 'Several models are here', {
    next:
      usable.length === 0
        ? 'give --model PATH'
        : `give --model with one of ${usable.map(({ name }) => name).join(', ')}`,
  });
}
