/** `model-blame predict SAMPLE` */
import type { Invocation } from '../types';
import { predictionJson } from '../../render/json';
import { predictionText } from '../../render/terminal';
import { deliver, destination, terminalStyle } from '../output';
import { sampleRequest, taskWish, withServices } from '../request';

export async function predict(invocation: Invocation): Promise<void> {
  const { command, values, io } = invocation;
  const to = destination(values, command, io.cwd, ['terminal', 'json']);
  const sample = sampleRequest(invocation);
  const prediction = await withServices(
    io,
    values,
    (services, options) => services.predict(sample, options),
    taskWish(values, command),
  );
  const text =
    to.format === 'json' ? predictionJson(prediction) : predictionText(prediction, terminalStyle(values, io));
  await deliver(text, to, io, command);
}
