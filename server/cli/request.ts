/** What explain and predict share: services, sample, progress, cancel. */
import type { PredictRequest } from '../protocol';
import type { RequestOptions, Services } from '../services/types';
import { Cancelled } from '../errors';
import type { Invocation } from './types';
import { tasks } from '../protocol/explanation';
import { sampleAddress } from './address';
import { choice, wrongUse } from './options';
import type { Syntax, Values } from './options';
import { progressOn } from './progress';
import { version } from './version';
import { visible } from '../render/text';
import type { Io, ServicesWish } from './io';

/** @throws UserError for a wrong address or window; reads no model yet. */
export function sampleRequest({ command, values, positionals, io }: Invocation): PredictRequest {
  const window = windowIndex(values, command);
  const position = positionOf(values, command);
  return {
    address: sampleAddress(positionals, values, io.cwd, command),
    model: values.one('model') ?? null,
    ...(window === undefined ? {} : { window }),
    ...(position === undefined ? {} : { position }),
  };
}

/** People count windows from 1, the protocol from 0. */
function windowIndex(values: Values, command: Syntax): number | undefined {
  const given = values.one('window');
  if (given === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(given)) throw wrongUse('--window is a number from 1', command, undefined, given);
  return Number(given) - 1;
}

/** A token's number, from 1, or words of the text. */
function positionOf(values: Values, command: Syntax): number | string | undefined {
  const given = values.one('position');
  if (given === undefined || !/^\d+$/.test(given)) return given;
  if (!/^[1-9]\d{0,8}$/.test(given)) throw wrongUse('--position counts from 1', command, undefined, given);
  return Number(given) - 1;
}

/** What the numbers of the model are, where `--task` says so. */
export function taskWish(values: Values, command: Syntax): Pick<ServicesWish, 'task'> {
  const task = choice(values.one('task'), 'task', tasks, command);
  return task === undefined ? {} : { task };
}

/** Opens the services for one piece of work and closes them after it, whatever happens. */
export async function withServices<Result>(
  io: Io,
  values: Values,
  work: (services: Services, options: RequestOptions) => Promise<Result>,
  wish: Pick<ServicesWish, 'forked' | 'task'> = {},
): Promise<Result> {
  const signal = io.interrupted();
  const progress = progressOn(io.stderr);
  const log = (message: string) => io.stderr.write(`${visible(message)}\n`);
  if (values.flag('debug'))
    log(`model-blame ${version()}, Node ${process.version}, ${process.platform}-${process.arch}`);
  const services = await io.services({
    ...wish,
    engine: values.one('engine') ?? null,
    ...(values.flag('debug') ? { log } : {}),
  });
  try {
    const result = await work(services, { signal, progress: (...step) => progress.report(...step) });
    if (signal.aborted) throw new Cancelled();
    return result;
  } finally {
    progress.clear();
    await services.dispose();
  }
}
