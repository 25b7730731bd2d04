/** `model-blame check [FILE…]` */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../../errors';
import type { CheckEntry, CheckResult, CheckSource } from '../../protocol';
import type { RequestOptions, Services } from '../../services/types';
import type { Invocation } from '../types';
import { deliver, destination, terminalStyle } from '../output';
import { withServices } from '../request';

export async function check(invocation: Invocation): Promise<0 | 1 | 2> {
  const { command, values, positionals, io } = invocation;
  const to = destination(values, command, io.cwd, ['terminal', 'junit', 'sarif', 'markdown', 'json']);
  const files = positionals.length === 0 ? null : await checkFiles(positionals, io.cwd);
  const began = performance.now();
  const results = await withServices(io, values, (services, options) => runAll(services, files, invocation, options));
  const report = { results, cwd: io.cwd, milliseconds: performance.now() - began };
  const { checksReport } = await import('../../render/checks');
  await deliver(checksReport(to.format, report, terminalStyle(values, io)), to, io, command);
  if (results.some(({ outcome }) => outcome === 'errored')) return 2;
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

async function runAll(
  services: Services,
  uris: readonly string[] | null,
  { values, io }: Invocation,
  options: RequestOptions,
): Promise<readonly CheckResult[]> {
  const { files } = await services.checks({ uris });
  const all = files.flatMap((source) => oncePerName(source).map((entry) => ({ source, entry })));
  const faulty = files.filter(({ problem }) => problem !== null);
  if (all.length === 0 && faulty.length === 0)
    throw new UserError('no-checks', 'No model check is declared here', {
      where: uris === null ? io.cwd : uris.join(', '),
      next: 'write "checks": [ … ] into model-blame.json or a file that ends with .modelcheck.json',
    });
  const chosen = chosenChecks(all, values.all('only'));
  const accept = values.flag('accept');
  if (accept && !chosen.some(({ entry }) => entry.acceptable))
    throw new UserError('nothing-to-accept', 'None of these checks compares with accepted mistakes', {
      next: 'declare a check of the kind "mistakes", or leave out --only',
    });
  const results: CheckResult[] = faulty.map(broken);
  for (const { source, entry } of chosen) {
    if (accept && !entry.acceptable) continue;
    const { progress, ...rest } = options;
    results.push(
      await services.check(
        { uri: source.uri, name: entry.name, model: values.one('model') ?? null, accept },
        {
          ...rest,
          ...(progress === undefined
            ? {}
            : { progress: (done, total, message) => progress(done, total, `${entry.name}: ${message}`) }),
        },
      ),
    );
  }
  return results;
}

/** Two checks of one name are one error. */
function oncePerName({ checks }: CheckSource): readonly CheckEntry[] {
  return checks.filter(({ name }, index) => checks.findIndex((one) => one.name === name) === index);
}

interface Chosen {
  readonly source: CheckSource;
  readonly entry: CheckEntry;
}

/** @throws UserError `unknown-check` for a name that none has: a check must not be left out by a typing error. */
function chosenChecks(all: readonly Chosen[], only: readonly string[]): readonly Chosen[] {
  if (only.length === 0) return all;
  const patterns = only.map((name) => ({ name, pattern: nameFilter(name) }));
  const unknown = patterns.find(({ pattern }) => !all.some(({ entry }) => pattern.test(entry.name)));
  if (unknown !== undefined)
    throw new UserError('unknown-check', `No check is called “${unknown.name}”`, {
      next: `checks: ${all
        .slice(0, 12)
        .map(({ entry }) => entry.name)
        .join(', ')}${all.length > 12 ? ', …' : ''}`,
    });
  return all.filter(({ entry }) => patterns.some(({ pattern }) => pattern.test(entry.name)));
}

function nameFilter(name: string): RegExp {
  const parts = name.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'isu');
}

/** A file that is no JSON, or whose frame is wrong: an error like that of a check. */
function broken({ uri, problem }: CheckSource): CheckResult {
  return {
    name: 'the file itself',
    kind: null,
    uri,
    range: problem?.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
    outcome: 'errored',
    message: problem?.message ?? '',
    next: problem?.next ?? null,
    measured: null,
    samples: [],
    model: '',
    milliseconds: 0,
  };
}

async function checkFiles(given: readonly string[], cwd: string): Promise<readonly string[]> {
  const [{ discoverCheckFiles }, { isCheckFile }] = await Promise.all([
    import('../../services/check/discover'),
    import('../../services/check/ground'),
  ]);
  const lists = await Promise.all(
    given.map(async (name) => {
      const path = resolve(cwd, name);
      if (!existsSync(path))
        throw new UserError('file-not-found', 'There is no such file', { where: name, next: 'check the path' });
      if (statSync(path).isDirectory()) return discoverCheckFiles(path);
      if (!isCheckFile(path))
        throw new UserError('not-a-check-file', 'This is not a file of model checks', {
          where: name,
          next: 'name a model-blame.json, or a file that ends with .modelcheck.json',
        });
      return [path];
    }),
  );
  return [...new Set(lists.flat())].map((path) => pathToFileURL(path).href);
}
