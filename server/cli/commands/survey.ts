/** `model-blame survey [FILE…]` */
import { UserError, throwIfCancelled } from '../../errors';
import { surveySorts } from '../../protocol';
import type { Explanation, SurveyFilter, SurveyRow, SurveyState } from '../../protocol';
import type { SurveyReport } from '../../render/survey/report';
import type { RequestOptions, Services } from '../../services/types';
import type { Invocation } from '../types';
import { choice, pair, wrongUse } from '../options';
import { deliver, destination, terminalStyle } from '../output';
import { withServices } from '../request';
import { filesOfGlob, whole } from './blame';

/** Mistakes listed unless told otherwise; code scanning takes more. */
const LISTED = 20;
const LISTED_SARIF = 5000;
/** Mistakes explained in the HTML report, at most. */
const EXPLAINED = 10;

const formats = ['table', 'terminal', 'json', 'sarif', 'html', 'arrow'] as const;
type SurveyFormat = (typeof formats)[number];

export async function survey(invocation: Invocation): Promise<0 | 1> {
  const { command, values, positionals, io } = invocation;
  const to = destination(values, command, io.cwd, formats);
  const failAbove = shareOf(invocation);
  const lists = await Promise.all(positionals.map((given) => filesOfGlob(given, io.cwd)));
  const uris = [...new Set(lists.flatMap(({ files }) => files))];
  const { report, bytes } = await withServices(
    io,
    values,
    async (services, options) => {
      const state = await predictAll(services, invocation, uris, options);
      const made = await reportOf(services, invocation, { state, failAbove, format: to.format }, options);
      if (to.format !== 'arrow') return { report: made, bytes: null };
      const wish = { survey: state.survey, filter: filterOf(made), kind: 'predictions', format: 'arrow' } as const;
      return { report: made, bytes: (await services.surveys.exported(wish, options)).bytes };
    },
    { forked: true },
  );
  const { failed } = await import('../../render/survey/report');
  await deliver(bytes ?? (await rendered(report, to.format, invocation)), to, io, command);
  return failed(report) ? 1 : 0;
}

/** Starts and waits, with progress; the first Ctrl-C stops it, and what is predicted is kept. */
async function predictAll(
  services: Services,
  { values }: Invocation,
  uris: readonly string[],
  { signal, progress }: RequestOptions,
): Promise<SurveyState> {
  services.surveys.listen(({ done, total, rate, secondsLeft }) => {
    const left =
      rate === null || secondsLeft === null ? '' : `, ${rate.toFixed(0)} a second, ${Math.ceil(secondsLeft)} s left`;
    progress?.(done, total, `Predicting${left}`);
  });
  const started = await services.surveys.start(
    { uris, model: values.one('model') ?? null, engine: values.one('engine') ?? null, fresh: values.flag('fresh') },
    signal === undefined ? {} : { signal },
  );
  const stop = (): void => void services.surveys.cancel(started);
  signal?.addEventListener('abort', stop, { once: true });
  const state = await services.surveys.ended(started);
  signal?.removeEventListener('abort', stop);
  throwIfCancelled(signal);
  if (state.error === null) return state;
  const { code, what, where, next } = state.error;
  throw new UserError(code, what, { ...(where === null ? {} : { where }), ...(next === null ? {} : { next }) });
}

async function reportOf(
  services: Services,
  invocation: Invocation,
  { state, failAbove, format }: Pick<SurveyReport, 'state' | 'failAbove'> & { readonly format: SurveyFormat },
  options: RequestOptions,
): Promise<SurveyReport> {
  const { command, values } = invocation;
  const where = values.all('where').map((given) => {
    const [column, value] = pair(given, 'where', command);
    return { column, value };
  });
  const slice = values.one('slice') ?? null;
  const sort = choice(values.one('sort'), 'sort', surveySorts, command) ?? 'loss';
  const limit = whole(values, 'top', format === 'sarif' ? LISTED_SARIF : LISTED, command);
  const { survey } = state;
  const filter = filterOf({ where });
  const summary = await services.surveys.summary({ survey, filter, ...(slice === null ? {} : { slice }) }, options);
  if (failAbove !== null && summary.labelled === 0)
    throw new UserError('no-gold', `None of the ${summary.predicted} samples has a usable gold label`, {
      next: summary.unlabelledBecause ?? 'name the column: "label" of the dataset’s entry in model-blame.json',
    });
  const problem = await firstProblem(services, state);
  if (problem !== null && state.unreadable === state.total)
    throw new UserError(
      'nothing-predicted',
      state.total === 1
        ? 'The only sample could not be read and predicted'
        : `None of the ${state.total} samples could be read and predicted`,
      { where: problem },
    );
  const wrong = { ...filter, only: 'wrong' } as const;
  const { rows, total } = await services.surveys.rows({ survey, filter: wrong, sort, limit }, options);
  const explanations =
    format === 'html' ? await explained(services, invocation, rows.slice(0, EXPLAINED), options) : [];
  return { state, summary, slice, where, sort, mistakes: rows, total, explanations, problem, failAbove };
}

/** Why the first of the samples that could not be predicted; null where all were. */
async function firstProblem(services: Services, { survey, unreadable }: SurveyState): Promise<string | null> {
  if (unreadable === 0) return null;
  const first = { survey, filter: { only: 'unreadable' }, sort: 'position', limit: 1 } as const;
  return (await services.surveys.rows(first)).rows[0]?.problem ?? null;
}

function filterOf({ where }: Pick<SurveyReport, 'where'>): SurveyFilter {
  return where.length === 0 ? {} : { where };
}

/** By the method that explains this kind of model where nobody chose. */
async function explained(
  services: Services,
  { values }: Invocation,
  rows: readonly SurveyRow[],
  { signal, progress }: RequestOptions,
): Promise<readonly Explanation[]> {
  const results: Explanation[] = [];
  for (const { address } of rows) {
    progress?.(results.length, rows.length, 'Explaining the worst mistakes');
    const request = { address, model: values.one('model') ?? null, engine: values.one('engine') ?? null };
    results.push(
      await services.explain(
        { ...request, method: null, target: { kind: 'predicted' }, baseline: null, parameters: {} },
        signal === undefined ? {} : { signal },
      ),
    );
  }
  return results;
}

/** `--fail-above`: a share of the samples, from 0 to 1. */
function shareOf({ values, command }: Invocation): number | null {
  const given = values.one('fail-above');
  if (given === undefined) return null;
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(given)?.[1];
  const share = percent === undefined ? Number(given) : Number(percent) / 100;
  if (given.trim() !== '' && share >= 0 && share <= 1) return share;
  throw wrongUse('--fail-above is a share from 0 to 1 (or a percentage)', command, undefined, given);
}

async function rendered(report: SurveyReport, format: SurveyFormat, { values, io }: Invocation): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../../render/survey/json')).surveyJson(report);
    case 'sarif':
      return (await import('../../render/survey/sarif')).surveySarif(report, io.cwd);
    case 'html':
      return (await import('../../render/survey/html')).surveyHtml(report);
    case 'table':
    case 'terminal':
    case 'arrow':
      return (await import('../../render/survey/text')).surveyText(report, terminalStyle(values, io));
  }
}
