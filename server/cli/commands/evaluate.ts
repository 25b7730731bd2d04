/** `model-blame evaluate DATASET` */
import { evaluationReplacements } from '../../protocol';
import type { EvaluateResponse } from '../../protocol';
import { choice, wrongUse } from '../options';
import { deliver, destination, terminalStyle } from '../output';
import type { Destination } from '../output';
import { withServices } from '../request';
import type { Invocation } from '../types';
import { filesOfGlob, whole } from './blame';

const MOST_STEPS = 1000;

export async function evaluate(invocation: Invocation): Promise<void> {
  const { command, values, positionals, io } = invocation;
  const to = destination(values, command, io.cwd, ['terminal', 'json', 'markdown']);
  const [glob] = positionals;
  if (glob === undefined) throw wrongUse('which dataset? name a file, a folder or a pattern', command);
  const methods = values
    .one('method')
    ?.split(',')
    .map((word) => word.trim());
  if (methods?.includes('') === true) throw wrongUse('--method takes ids with commas between them', command);
  const replacement = choice(values.one('replacement'), 'replacement', evaluationReplacements, command) ?? 'baseline';
  const steps = whole(values, 'steps', 20, command);
  if (steps > MOST_STEPS) throw wrongUse(`--steps is at most ${MOST_STEPS}`, command);
  const samples = whole(values, 'samples', 50, command);
  const seed = values.one('seed') ?? '0';
  if (!/^\d{1,9}$/.test(seed)) throw wrongUse('--seed is a whole number', command, undefined, seed);
  const { files } = await filesOfGlob(glob, io.cwd);
  const answer = await withServices(io, values, (services, options) =>
    services.evaluate(
      {
        uris: files,
        model: values.one('model') ?? null,
        methods: methods ?? null,
        samples,
        seed: Number(seed),
        steps,
        replacement,
        baseline: values.one('baseline') ?? null,
        engine: values.one('engine') ?? null,
      },
      options,
    ),
  );
  await deliver(await rendered(answer, to, invocation), to, io, command);
}

async function rendered(
  answer: EvaluateResponse,
  { format }: Destination,
  { values, io }: Invocation,
): Promise<string> {
  if (format === 'json') return (await import('../../render/json')).resultJson(answer);
  const { evaluationMarkdown, evaluationText } = await import('../../render/evaluation');
  return format === 'markdown' ? evaluationMarkdown(answer) : evaluationText(answer, terminalStyle(values, io));
}
