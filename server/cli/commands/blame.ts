/** `model-blame blame SAMPLE`, and `model-blame blame --dataset GLOB --flips K` */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../../errors';
import { replacements } from '../../protocol';
import type { BlameResponse, FlipsResponse, Parameters, SampleAddress } from '../../protocol';
import type { Services } from '../../services/types';
import type { Invocation } from '../types';
import { choice, wrongUse } from '../options';
import type { OptionName, Syntax, Values } from '../options';
import { deliver, destination, terminalStyle } from '../output';
import { methodParameters } from '../parameters';
import { sampleRequest, withServices } from '../request';

export async function blame(invocation: Invocation): Promise<void> {
  const { command, values, positionals, io } = invocation;
  const glob = values.one('dataset');
  if (glob === undefined && values.one('flips') !== undefined)
    throw wrongUse('--flips is about a dataset: name it with --dataset', command);
  if (glob !== undefined && positionals.length > 0) throw wrongUse('give SAMPLE or --dataset, not both', command);
  if (glob !== undefined && values.one('position') !== undefined)
    throw wrongUse('--position is about one sample, not about a dataset', command);
  const to = destination(values, command, io.cwd, ['terminal', 'json']);
  const style = terminalStyle(values, io);
  if (glob !== undefined) {
    const answer = await overDataset(invocation, glob);
    const text =
      to.format === 'json'
        ? `${JSON.stringify(answer, null, 2)}\n`
        : (await import('../../render/blameFlips')).flipsText(answer, style);
    await deliver(text, to, io, command);
    return;
  }
  const answer = await overSample(invocation);
  const text =
    to.format === 'json'
      ? (await import('../../render/json')).resultJson(answer)
      : (await import('../../render/blame')).blameText(answer, style);
  await deliver(text, to, io, command);
}

function overSample(invocation: Invocation): Promise<BlameResponse> {
  const { command, values, io } = invocation;
  const sample = sampleRequest(invocation);
  const remove = whole(values, 'remove', 10, command);
  const donors = whole(values, 'donors', 3, command);
  return withServices(io, values, async (services, options) =>
    services.blame(
      {
        ...sample,
        ...(await wish(invocation, services, sample.address)),
        gold: values.one('gold') ?? null,
        remove,
        donors,
      },
      options,
    ),
  );
}

async function overDataset(invocation: Invocation, glob: string): Promise<FlipsResponse> {
  const { command, values, io } = invocation;
  const remove = whole(values, 'flips', 10, command);
  const donors = whole(values, 'donors', 1, command);
  const most = values.one('most') === undefined ? {} : { most: whole(values, 'most', 0, command) };
  const { files, first } = await filesOfGlob(glob, io.cwd);
  return withServices(io, values, async (services, options) =>
    services.flips(
      {
        uris: files,
        model: values.one('model') ?? null,
        ...(await wish(invocation, services, first)),
        remove,
        donors,
        ...most,
      },
      options,
    ),
  );
}

/** Method, parameters, baseline and replacement: the same for one sample and for many. */
async function wish(
  { command, values }: Invocation,
  services: Services,
  address: SampleAddress,
): Promise<{
  readonly method: string;
  readonly parameters: Parameters;
  readonly baseline: string | null;
  readonly replacement: (typeof replacements)[number] | null;
  readonly engine: string | null;
}> {
  const method = values.one('method') ?? 'blame';
  const replacement = choice(values.one('replacement'), 'replacement', replacements, command) ?? null;
  const parameters = await methodParameters(values, command, async () => ({
    ...(await services.choices({ model: values.one('model') ?? null, address })),
    defaultMethod: method,
  }));
  return {
    method,
    parameters,
    baseline: values.one('baseline') ?? null,
    replacement,
    engine: values.one('engine') ?? null,
  };
}

/** A glob, a file or a folder, relative to the current one. */
export async function filesOfGlob(
  glob: string,
  cwd: string,
): Promise<{ readonly files: readonly string[]; readonly first: SampleAddress }> {
  const [{ filesOf }, { toUri }, { firstSample }] = await Promise.all([
    import('../../services/population/files'),
    import('../../workspace/uris'),
    import('../../services/addresses'),
  ]);
  const path = resolve(cwd, glob);
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const one = existsSync(path) && !isFolder;
  const paths = one
    ? [path]
    : isFolder
      ? await filesOf('**', path, { trusted: true, root: path })
      : await filesOf(glob, cwd, { trusted: true, root: cwd });
  const files = paths.map(toUri);
  const [first] = files;
  if (first === undefined) throw new UserError('dataset-not-found', 'No file matches.', { where: glob });
  return {
    files,
    first: firstSample(first),
  };
}

/** A whole number from 1. */
export function whole(values: Values, option: OptionName, otherwise: number, command: Syntax): number {
  const given = values.one(option);
  if (given === undefined) return otherwise;
  if (!/^[1-9]\d{0,6}$/.test(given)) throw wrongUse(`--${option} is a number from 1`, command, undefined, given);
  return Number(given);
}
