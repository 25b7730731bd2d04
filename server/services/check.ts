/** The services behind `checks` and `check`. */
import { throwIfCancelled, UserError } from '../errors';
import { aboutCheck, isAcceptable, runKind } from '../checks/kinds';
import { toUri } from '../workspace/uris';
import { discoverCheckFiles } from './check/discover';
import { checksIn, groundOf } from './check/ground';
import { checkWorld } from './check/world';
import type {
  CheckEntry,
  CheckProblem,
  CheckRequest,
  CheckResult,
  CheckSource,
  ChecksRequest,
  ChecksResponse,
} from '../protocol';
import type { ListedCheck } from '../workspace/checkList';
import type { Problem } from '../workspace/problem';
import type { ChooseContext } from './choose';
import type { CheckContext } from './check/world';
import type { RequestOptions } from './types';

/** Checks of the given files, or of all in the workspace folders; files without any are left out of the latter. */
export async function listChecks(context: ChooseContext, { uris }: ChecksRequest): Promise<ChecksResponse> {
  const found = uris ?? (await Promise.all(context.folders.map(discoverCheckFiles))).flat().map(toUri);
  const files: CheckSource[] = [];
  for (const uri of new Set(found)) {
    const list = await checksIn(context, uri);
    if (list === null) {
      if (uris !== null) throw new UserError('file-not-found', 'There is no such file of checks.', { where: uri });
      continue;
    }
    if (uris === null && list.checks.length === 0 && list.problem === null) continue;
    files.push({ uri, checks: list.checks.map(entryOf), problem: list.problem === null ? null : told(list.problem) });
  }
  return { files };
}

function entryOf({ name, range, config, problem }: ListedCheck): CheckEntry {
  return {
    name,
    kind: config?.kind ?? null,
    range,
    problem: problem === null ? null : told(problem),
    about: config === null ? '' : aboutCheck(config),
    acceptable: config !== null && isAcceptable(config),
  };
}

function told({ message, next, range }: Problem): CheckProblem {
  return { message, next: next ?? null, range };
}

/**
 * Runs one check. Bad input gives the outcome `errored`.
 * @throws UserError `unknown-check` for a name the file does not have; Cancelled.
 */
export async function runCheck(
  context: CheckContext,
  request: CheckRequest,
  options: RequestOptions = {},
): Promise<CheckResult> {
  const began = performance.now();
  throwIfCancelled(options.signal);
  const list = await checksIn(context, request.uri);
  const called = list?.checks.filter(({ name }) => name === request.name) ?? [];
  // Of two with one name it is not known which is meant: neither passes in the place of the other.
  const listed = called.find(({ problem }) => problem?.code === 'duplicate-check') ?? called[0];
  if (listed === undefined)
    throw new UserError('unknown-check', `There is no check "${request.name}".`, {
      where: request.uri,
      next: list?.problem?.message ?? 'It may have been renamed: list the checks again.',
    });
  const { config, range, problem, name } = listed;
  const result = { name, kind: config?.kind ?? null, uri: request.uri, range };
  const errored = (message: string, next: string | null, at = range): CheckResult => ({
    ...result,
    range: at,
    outcome: 'errored',
    message,
    next,
    measured: null,
    samples: [],
    model: '',
    milliseconds: performance.now() - began,
  });
  if (config === null)
    return errored(problem?.message ?? 'The check is faulty.', problem?.next ?? null, problem?.range);
  try {
    const own = { ...context, engine: request.engine ?? context.engine };
    // Relevance has a meaning for quantities, too.
    const needs = config.kind === 'relevance' ? null : `A check of the kind ${config.kind}`;
    const world = checkWorld(own, await groundOf(own, request.uri), request.model ?? config.model ?? null, needs);
    const verdict = await runKind(config, world, {
      ...options,
      accept: request.accept === true && isAcceptable(config),
    });
    throwIfCancelled(options.signal);
    const { passed, ...told } = verdict;
    return {
      ...result,
      ...told,
      outcome: passed ? 'passed' : 'failed',
      next: null,
      milliseconds: performance.now() - began,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const where = error.where === undefined ? '' : ` (${error.where})`;
    return errored(`${error.what}${where}`, error.next ?? null);
  }
}
