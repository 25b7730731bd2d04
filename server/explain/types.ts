/** Methods: one sample, one target, one result at the model's entry points. */
import type { Executable, Feeds } from '../engine/types';
import type { Tensor, Value } from '../graph/types';
import type { EncodedSample } from '../input/types';
import type { EntryPoint, Model } from '../model/types';
import type { ProgramSpec, Head } from '../program/types';
import type {
  Accounting,
  LayerReport,
  MethodInfo,
  NodeBalance,
  ParameterValue,
  PathReport,
  Target,
  Warning,
} from '../protocol';

/** S(x), ready to feed: the head is compiled, the seed is a feed. */
export interface ResolvedTarget {
  readonly head: Head;
  /** Vector over the logits (one number for a single logit). */
  readonly seed: Float32Array;
  /** Class whose probability the reports show. */
  readonly class: number;
}

/** What a method may use. Everything is about one sample, batch 1, unless it builds batches itself. */
export interface MethodContext {
  readonly model: Model;
  readonly entries: readonly EntryPoint[];
  /** Compiled on demand, cached by the compute process. */
  executable(spec: ProgramSpec): Promise<Executable>;
  /** Sample: model input feeds, and the same as entry values (batch 1). */
  readonly sample: EncodedSampleCore;
  /** What the run that predicted the sample gave of `Method.reads`. */
  readonly inner?: Feeds;
  /** Baselines as model input feeds and as entry values; empty for methods that use none. */
  readonly baselines: readonly Point[];
  /** Samples of a dataset, for methods that compare with them (`MethodInfo.population`); empty for others. */
  readonly population: readonly Member[];
  readonly target: ResolvedTarget;
  /** The relevance sum at every node was asked for. */
  readonly conservation: boolean;
  /** Gold class and prior, for methods of the family `blame`; absent for others. */
  readonly blame?: { readonly gold: number; readonly prior: readonly number[] | null };
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Rows that go into one run. */
  readonly chunk: number;
  readonly signal: AbortSignal;
  progress(done: number, total: number, message: string): void;
}

/** A point in input space: as model feeds where it has them, and as entry values. */
export interface Point {
  /** Null for points that only exist at the entries (zero embedding). */
  readonly feeds: Feeds | null;
  readonly entries: Readonly<Record<Value, Tensor>>;
  /** What the model says there: one number per class, or one for a single logit. */
  readonly logits: Float32Array;
}

/** One sample of a dataset, encoded. */
export interface Member {
  readonly feeds: Feeds;
  /** Index of its gold class; null where it has none. */
  readonly gold: number | null;
  readonly title: string;
}

/** The part of an EncodedSample that crosses into the compute process. */
export type EncodedSampleCore = Pick<EncodedSample, 'count' | 'featureOf' | 'fixed' | 'bounds'> &
  Point & { readonly feeds: Feeds; readonly grid: Grid | null };

/** Geometry of pixel features (row-major), for windows and blurs. */
export interface Grid {
  readonly width: number;
  readonly height: number;
}

/** What a method returns: relevance already pooled to features (`count` numbers). */
export interface Attribution {
  readonly relevance: Float32Array;
  /** Σ |relevance| over a pixel's channels, see `Explanation.magnitude`. */
  readonly magnitude?: Float32Array;
  /** See `Explanation.errors`. */
  readonly errors?: Float32Array;
  readonly accounting: Accounting;
  readonly path: PathReport | null;
  readonly conservation?: readonly NodeBalance[];
  readonly layer?: LayerReport;
  readonly warnings: readonly Warning[];
  /** Wall time of the engine's runs. */
  readonly modelMilliseconds: number;
  readonly programKey: string;
}

/** What a method may look at to choose its own target. */
export interface Aim extends Pick<MethodContext, 'blame' | 'parameters'> {
  readonly logits: Float32Array;
  readonly output: Model['output'];
  readonly labels: readonly string[];
}

/** Why a method is no single program, and what to export instead. */
export interface ExportRefusal {
  readonly because: string;
}

/** One table line, one file in `methods/`. */
export interface Method {
  readonly info: MethodInfo;
  /** True when it runs many rows at once, so that the model's batching has to be trusted first. */
  readonly batches: boolean;
  /** Kind of program that `export` writes for it. */
  readonly exports: ProgramSpec['kind'] | ExportRefusal;
  /** Rule set of that program under the method's own parameters; the gradient when left out. */
  exportRules?(model: Model, parameters: MethodContext['parameters']): Pick<ProgramSpec, 'rules' | 'options'>;
  /** Parameters with `auto` and 0 replaced by what they stand for here, so that a result says what was used. */
  settle?(context: Pick<MethodContext, 'target' | 'parameters' | 'sample' | 'model'>): MethodContext['parameters'];
  /** Values inside the model at the sample that the method starts from: the run that predicts returns them. */
  reads?(context: Pick<MethodContext, 'model' | 'parameters'>): readonly Value[];
  /** The method's own target, in place of the one asked for. @throws UserError where it has none. */
  aim?(given: Aim): { readonly target: Target; readonly resolved: ResolvedTarget };
  /** Why the method cannot work for a model, one sentence with the way out; null when it fits. */
  unfit(model: Model): string | null;
  run(context: MethodContext): Promise<Attribution>;
}
