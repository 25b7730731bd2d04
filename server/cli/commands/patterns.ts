/** `model-blame patterns DATASET` */
import { patternSpaces, patternTargets, patternViews } from '../../protocol';
import type { PatternsRequest, PatternsResponse, PatternView } from '../../protocol';
import { choice, wrongUse } from '../options';
import type { Syntax, Values } from '../options';
import { deliver, destination, terminalStyle } from '../output';
import type { Destination } from '../output';
import { methodParameters } from '../parameters';
import { withServices } from '../request';
import type { Invocation } from '../types';
import { filesOfGlob, whole } from './blame';

const MOST_GROUPS = 50;

export async function patterns(invocation: Invocation): Promise<void> {
  const { command, values, positionals, io } = invocation;
  const to = destination(values, command, io.cwd, ['terminal', 'json', 'html']);
  const [glob] = positionals;
  if (glob === undefined) throw wrongUse('which dataset? name a file, a folder or a pattern', command);
  const by = viewsOf(values, command);
  const cell = cellOf(values, command);
  const target = choice(values.one('of'), 'of', patternTargets, command);
  const space = choice(values.one('space'), 'space', patternSpaces, command);
  const groups = whole(values, 'groups', 0, command);
  if (groups > MOST_GROUPS) throw wrongUse(`--groups is at most ${MOST_GROUPS}`, command);
  const most = values.one('most') === undefined ? {} : { most: whole(values, 'most', 0, command) };
  const { files, first } = await filesOfGlob(glob, io.cwd);
  const answer = await withServices(io, values, async (services, options) => {
    const model = values.one('model') ?? null;
    const request: PatternsRequest = {
      uris: files,
      model,
      by,
      cell,
      class: values.one('class') ?? null,
      method: values.one('method') ?? null,
      parameters: await methodParameters(values, command, () => services.choices({ model, address: first })),
      ...(target === undefined ? {} : { target }),
      ...(space === undefined ? {} : { space }),
      ...(groups === 0 ? {} : { clusters: groups }),
      flagged: values.all('flagged'),
      ...most,
      engine: values.one('engine') ?? null,
    };
    return services.patterns(request, options);
  });
  await deliver(await rendered(answer, to, invocation), to, io, command);
}

async function rendered(
  answer: PatternsResponse,
  { format }: Destination,
  { values, io }: Invocation,
): Promise<string> {
  if (format === 'json') return (await import('../../render/json')).resultJson(answer);
  if (format === 'html') return (await import('../../render/patternsHtml')).patternsHtml(answer);
  return (await import('../../render/patterns')).patternsText(answer, terminalStyle(values, io));
}

/** `--by features,clusters`; `tokens` is another word for `features`. All but the map where nothing is said. */
function viewsOf(values: Values, command: Syntax): readonly PatternView[] {
  const given = values.one('by');
  if (given === undefined) return patternViews.filter((view) => view !== 'map');
  const views = given.split(',').map((word) => {
    const name = word.trim().toLowerCase();
    const view = name === 'tokens' ? 'features' : patternViews.find((one) => one === name);
    if (view === undefined) throw wrongUse(`--by takes ${patternViews.join(', ')}`, command, undefined, word);
    return view;
  });
  return [...new Set(views)];
}

/** `gold:predicted`, cut at the first colon: classes whose names hold one are named by index. */
function cellOf(values: Values, command: Syntax): PatternsRequest['cell'] {
  const given = values.one('cell');
  if (given === undefined) return null;
  if (values.one('class') !== undefined) throw wrongUse('give --cell or --class, not both', command);
  const at = given.indexOf(':');
  if (at <= 0 || at === given.length - 1) throw wrongUse('--cell wants GOLD:PREDICTED', command, undefined, given);
  return { gold: given.slice(0, at), predicted: given.slice(at + 1) };
}
