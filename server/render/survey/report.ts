/** What a report about a survey is made from. */
import type { Explanation, SurveyRow, SurveyState, SurveySummary } from '../../protocol';

export interface SurveyReport {
  readonly state: SurveyState;
  readonly summary: SurveySummary;
  /** Column of the summary's slices; null for none. */
  readonly slice: string | null;
  /** Conditions on columns, as they were given. */
  readonly where: readonly { readonly column: string; readonly value: string }[];
  readonly sort: string;
  /** The first mistakes in that order, and how many there are. */
  readonly mistakes: readonly SurveyRow[];
  readonly total: number;
  /** Explanations of the first mistakes, for reports with heatmaps. */
  readonly explanations: readonly Explanation[];
  /** What is wrong with the first sample that could not be read or predicted; null where all could. */
  readonly problem: string | null;
  /** Share of mistakes that is let pass; null where nothing is checked. */
  readonly failAbove: number | null;
}

/** Share of the labelled samples that is wrong. */
export function errorRate({ summary }: SurveyReport): number {
  return summary.labelled === 0 ? 0 : (summary.labelled - summary.accuracy.count) / summary.labelled;
}

export function failed(report: SurveyReport): boolean {
  return report.failAbove !== null && errorRate(report) > report.failAbove;
}

/** What the check says, in words; null where nothing is checked. */
export function verdict(report: SurveyReport): string | null {
  if (report.failAbove === null) return null;
  const rate = `${(100 * errorRate(report)).toFixed(2)} %`;
  const limit = `${(100 * report.failAbove).toFixed(2)} %`;
  return failed(report)
    ? `failed: ${rate} of the labelled samples are wrong, more than ${limit}`
    : `passed: ${rate} of the labelled samples are wrong, at most ${limit} may be`;
}

/** What the numbers mean for a model whose classes do not exclude each other; null for others. */
export function independentWords({ state }: Pick<SurveyReport, 'state'>): string | null {
  const { output, labels } = state.model;
  // One sigmoid for two classes is a choice between them.
  if (output !== 'sigmoid' || labels.length <= 2) return null;
  return 'The classes are independent (sigmoid): a sample counts as right when its one gold class is the likeliest of all';
}

/** Samples that the numbers leave out because no class is their gold label, and why; null where there are none. */
export function unlabelledWords({ summary }: Pick<SurveyReport, 'summary'>): string | null {
  const count = summary.predicted - summary.labelled;
  if (count === 0) return null;
  const words =
    count === 1 ? '1 sample has no usable gold label and is' : `${count} samples have no usable gold label and are`;
  return `${words} left out${summary.unlabelledBecause === null ? '' : `: ${summary.unlabelledBecause}`}`;
}

/** Samples that the numbers leave out, and why the first of them; null where there are none. */
export function unreadableWords({ state, problem }: SurveyReport): string | null {
  const { unreadable } = state;
  if (unreadable === 0) return null;
  const count = unreadable === 1 ? '1 sample' : `${unreadable} samples`;
  const why = problem === null ? '' : `: ${unreadable === 1 ? '' : 'the first, '}${problem}`;
  return `${count} could not be read or predicted${why}`;
}
