/** What an assistant in the editor is told: small, plain JSON with the numbers a person would see. Pure. */
import type { Explanation, SurveyRow, SurveyState } from '../../server/protocol';
import { quantityError } from '../../server/render/scores';
import { topFeatures } from '../mistakes/top-features';

/** Rounded: a language model gains nothing from seventeen digits. */
const rounded = (value: number): number => Number(value.toPrecision(4));

/** The answer of `explain_sample`. */
export interface ExplainedSample {
  readonly sample: string;
  readonly model: string;
  /** A class with its probability, or a quantity (regression) with its value. */
  readonly predicted:
    | { readonly label: string; readonly probability: number | null }
    | { readonly label: string; readonly value: number; readonly unit?: string };
  readonly gold: string | null;
  readonly wrong: boolean | null;
  /** Of a regression: predicted minus gold. */
  readonly error?: number;
  readonly method: string;
  /** What was explained: relevance is evidence for it (positive) or against it (negative). */
  readonly target: string;
  /** Words or columns, strongest first. */
  readonly features: readonly { readonly name: string; readonly relevance: number }[];
  /** What relevance sums to, and what it should sum to (absent where the method promises nothing). */
  readonly accounting: {
    readonly sum: number;
    readonly score: number;
    readonly expected?: number;
    readonly residual?: number;
  };
  readonly warnings: readonly string[];
}

export function explainedSample(explanation: Explanation, limit: number): ExplainedSample {
  const { sample, model, prediction, gold, target, method, accounting, warnings } = explanation;
  const [best] = prediction;
  const error = quantityError(explanation);
  const { sum, score, expected, residual } = accounting;
  return {
    sample: sample.title,
    model: model.name,
    predicted: predictedOf(explanation),
    gold: gold?.label ?? null,
    ...(error === null ? {} : { error: rounded(error.error) }),
    wrong: typeof gold?.class !== 'number' || best === undefined ? null : gold.class !== best.class,
    method,
    target: target.kind === 'contrast' ? `${target.label} rather than ${target.againstLabel}` : target.label,
    features: topFeatures(explanation, limit).map(({ name, relevance }) => ({ name, relevance: rounded(relevance) })),
    accounting: {
      sum: rounded(sum),
      score: rounded(score),
      ...(expected === undefined ? {} : { expected: rounded(expected) }),
      ...(residual === undefined ? {} : { residual: rounded(residual) }),
    },
    warnings: warnings.map(({ message }) => message),
  };
}

/** The likeliest class, or the quantity that is explained. */
function predictedOf({ prediction, target, model }: Explanation): ExplainedSample['predicted'] {
  const [best] = prediction;
  const shown = prediction.find((score) => score.class === target.class);
  if (shown?.value !== undefined)
    return {
      label: shown.label,
      value: rounded(shown.value),
      ...(model.unit === undefined ? {} : { unit: model.unit }),
    };
  return {
    label: best?.label ?? '',
    probability: typeof best?.probability === 'number' ? rounded(best.probability) : null,
  };
}

/** The answer of `list_mistakes`. */
export interface ListedMistakes {
  readonly model: string;
  readonly files: readonly string[];
  readonly phase: SurveyState['phase'];
  readonly stale: boolean;
  readonly samples: number;
  readonly wrong: number;
  /** Mistakes that fit what was asked for; `mistakes` are the first of them. */
  readonly matching: number;
  readonly mistakes: readonly {
    /** What `explain_sample` takes. */
    readonly sample: string;
    readonly gold: string | null;
    readonly predicted: string | null;
    readonly probability: number | null;
    readonly loss: number | null;
    readonly text: string | null;
  }[];
}

/** @param nameOf A sample as `explain_sample` takes it: `data/reviews.csv:17`. */
export function listedMistakes(
  state: SurveyState,
  rows: readonly SurveyRow[],
  matching: number,
  nameOf: (row: SurveyRow) => string,
): ListedMistakes {
  return {
    model: state.model.name,
    files: state.files.slice(0, 20).map(({ uri }) => decodeURIComponent(uri.split('/').pop() ?? uri)),
    phase: state.phase,
    stale: state.stale !== null,
    samples: state.total,
    wrong: state.wrong,
    matching,
    mistakes: rows.map((row) => ({
      sample: nameOf(row),
      gold: row.gold?.label ?? null,
      predicted: row.predicted?.label ?? null,
      probability: row.predicted === null ? null : rounded(row.predicted.probability),
      loss: row.loss === null ? null : rounded(row.loss),
      text: row.text === null ? null : row.text.slice(0, 200),
    })),
  };
}

/** `path:17`, `path#16` or the path of a picture, taken apart. Null for what is none of them. */
export interface SampleName {
  readonly path: string;
  readonly line?: number;
  readonly record?: number;
}

export function parseSampleName(name: string): SampleName | null {
  const match = /^(.+?)(?:([:#])([1-9]\d{0,9}))?$/.exec(name.trim());
  const [, path, mark, number] = match ?? [];
  if (path === undefined) return null;
  if (mark === undefined || number === undefined) return { path };
  return mark === ':' ? { path, line: Number(number) } : { path, record: Number(number) };
}
