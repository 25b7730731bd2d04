/** Model checks: tests about models. Declared here as `requests.ts` declares the others. */
import type { Range, SampleAddress } from './source';

/** Client → server: the checks of the workspace, those of faulty files with what is wrong. */
export const checks = 'modelBlame/checks';
export interface ChecksRequest {
  /** Files of checks; null: all of the workspace folders. */
  readonly uris: readonly string[] | null;
}
export interface ChecksResponse {
  readonly files: readonly CheckSource[];
}

/** One file that declares checks. */
export interface CheckSource {
  readonly uri: string;
  readonly checks: readonly CheckEntry[];
  /** The file cannot be read as one of checks. */
  readonly problem: CheckProblem | null;
}

export interface CheckEntry {
  readonly name: string;
  /** `accuracy`, `label`, …; null for a faulty check. */
  readonly kind: string | null;
  /** Place of its name in the file. */
  readonly range: Range;
  readonly problem: CheckProblem | null;
  /** Glob or sample it looks at, for a description. */
  readonly about: string;
  /** It has a file of accepted mistakes. */
  readonly acceptable: boolean;
}

export interface CheckProblem {
  readonly message: string;
  readonly next: string | null;
  readonly range: Range;
}

/** Client → server: run one check. Its failure is an answer, not an error of the request. */
export const check = 'modelBlame/check';
export interface CheckRequest {
  readonly uri: string;
  readonly name: string;
  /** Another model than the check's or the dataset's: a candidate. */
  readonly model?: string | null;
  /** Write the file of accepted mistakes in place of comparing with it. */
  readonly accept?: boolean;
  readonly engine?: string | null;
  readonly progressToken?: string;
}
export type CheckResponse = CheckResult;

export interface CheckResult {
  readonly name: string;
  readonly kind: string | null;
  readonly uri: string;
  readonly range: Range;
  /** `errored`: it could not be found out (bad input), with `message` saying why and `range` where. */
  readonly outcome: 'passed' | 'failed' | 'errored';
  /** One line or a few: what was measured and asked, and the samples that count. */
  readonly message: string;
  /** Next step, for what errored. */
  readonly next: string | null;
  readonly measured: Measured | null;
  /** Samples to look at, the worst first; at most 20. */
  readonly samples: readonly CheckSample[];
  /** Model that was looked at; empty where none was. */
  readonly model: string;
  readonly milliseconds: number;
}

/** What was asked and what came out, as numbers and in words for a comparison side by side. */
export interface Measured {
  /** `accuracy`, `share of relevance`, `probability`, `new mistakes`, … */
  readonly what: string;
  readonly value: number | null;
  readonly atLeast: number | null;
  readonly atMost: number | null;
  readonly expected: string;
  readonly actual: string;
  /** Samples that the number was made from. */
  readonly count: number;
}

export interface CheckSample {
  readonly address: SampleAddress;
  /** As a person names it, from the folder of the workspace file: `data/reviews.csv:17`. */
  readonly name: string;
  /** 1-based physical line it begins on; null for whole files. */
  readonly line: number | null;
  /** What is the matter with this one: `positive 0.91, gold negative`. */
  readonly detail: string;
}
