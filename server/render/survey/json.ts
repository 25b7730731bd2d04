/** A survey as JSON: its state, its numbers, its mistakes. */
import { resultJson } from '../json';
import { errorRate, failed } from './report';
import type { SurveyReport } from './report';

export function surveyJson(report: SurveyReport): string {
  const { state, summary, mistakes, total, failAbove, where, sort } = report;
  const check = failAbove === null ? null : { failAbove, errorRate: errorRate(report), failed: failed(report) };
  return resultJson({ state, where, summary, check, mistakes: { sort, total, rows: mistakes } });
}
