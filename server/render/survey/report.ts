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
