/**
 * The compute process: holds models and sessions, runs programs. The server talks to it through `Compute`, which
 * is either this process itself (command line: quickest start) or a forked child (editor: can be killed).
 */
import type { Attribution } from '../explain/types';
import type { PackedStacks } from './packing';
import type { ClassUnits, ClassUnitsRequest } from './unit-types';
import type { Feeds } from '../engine/types';
import type { Baseline, EncodedSample } from '../input/types';
import type { GivenInputs } from '../model/given';
import type { ModelInput, ModelOutput, EntryPoint, TextVectorization } from '../model/types';
import type {
  ClassScore,
  EngineEntry,
  LayerInfo,
  MethodChoice,
  Parameters,
  RulesResponse,
  Target,
  TargetRequest,
  Task,
} from '../protocol';
import type { Grid, Member } from '../explain/types';
import type {
  BlameGiven,
  ProbabilitiesRequest,
  ProbabilitiesResult,
  RemovalRequest,
  RemovalResult,
  SearchRequest,
  SearchResult,
} from './blame-types';
import type { ActivationsRequest, ActivationsResult, RelevancesRequest, RelevancesResult } from './relevance-types';

export { POSITION } from '../model/positions';

/** A model file to load; loading twice is free. */
export interface ModelSource {
  /** Absolute path. */
  readonly path: string;
  /** Model output to read, when there are several. */
  readonly output?: string;
  /** Sizes and values of inputs that are not left to the sample. */
  readonly given?: GivenInputs;
  /** What its numbers are; left out: as its file says, classes where it says nothing. */
  readonly task?: Task;
  /** Engine name, or null for the documented order. */
  readonly engine: string | null;
}

/** What the server needs to know about a loaded model. */
export interface ModelSummary {
  readonly inputs: readonly ModelInput[];
  readonly output: ModelOutput;
  readonly outputs: readonly string[];
  readonly entries: readonly EntryPoint[];
  /** Inner values for layer methods, from input to output. */
  readonly layers: readonly LayerInfo[];
  readonly hash: string;
  /** Files with its weights beside its own. */
  readonly dataFiles: readonly string[];
  readonly bytes: number;
  /** How often each operator occurs, the most frequent first; and the number of weights. */
  readonly operators?: readonly (readonly [string, number])[];
  readonly parameters?: number;
  /** Its numbers may be missing. */
  readonly readsMissing?: boolean;
  /** How the model splits the texts among its inputs, where its file says. */
  readonly texts?: readonly TextVectorization[];
  readonly notes: readonly string[];
  readonly batchable: boolean;
  readonly engine: string;
}

export interface ComputePredictRequest {
  readonly model: ModelSource;
  readonly feeds: Feeds;
  /** Class names, for the scores. */
  readonly labels: readonly string[];
  /** Also says what a model that predicts at every position says at each. */
  readonly everywhere?: boolean;
}

/** The most likely class at one position. */
export interface PositionTop {
  readonly class: number;
  readonly probability: number;
}

export interface ComputedPrediction {
  /** All classes, most likely first. */
  readonly scores: readonly ClassScore[];
  readonly everywhere?: readonly PositionTop[];
  readonly engine: string;
  readonly modelMilliseconds: number;
}

export interface ForwardRequest {
  readonly model: ModelSource;
  /** At least one sample. */
  readonly stacks: PackedStacks;
}

export interface ForwardResult {
  /** Rows × classes, the rows of all stacks one after another. */
  readonly probabilities: Float64Array;
  readonly classes: number;
  /** Of the model that ran: its file may have been rewritten since it was loaded. */
  readonly hash: string;
  readonly engine: string;
  readonly modelMilliseconds: number;
}

export interface AttributeRequest {
  readonly model: ModelSource;
  readonly labels: readonly string[];
  readonly method: string;
  readonly target: TargetRequest;
  readonly sample: Pick<EncodedSample, 'feeds' | 'count' | 'featureOf' | 'fixed' | 'bounds'> & {
    readonly grid: Grid | null;
  };
  readonly baseline: Baseline | null;
  /** Samples of a dataset; see `MethodInfo.population`. */
  readonly population?: readonly Member[];
  /** For methods of the family `blame`. */
  readonly blame?: BlameGiven;
  readonly conservation?: boolean;
  readonly parameters: Parameters;
}

export interface ComputedAttribution extends Attribution {
  readonly target: Target;
  readonly scores: readonly ClassScore[];
  readonly baselineScores: readonly ClassScore[] | null;
  /** Every parameter with the value used. */
  readonly parameters: Parameters;
  readonly engine: string;
}

export interface ComputeOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number, message: string) => void;
}

export interface Compute {
  /** @param measure Also how fast each is. */
  engines(measure?: boolean): Promise<{ readonly engines: readonly EngineEntry[]; readonly chosen: string }>;
  load(model: ModelSource, options?: ComputeOptions): Promise<ModelSummary>;
  predict(request: ComputePredictRequest, options?: ComputeOptions): Promise<ComputedPrediction>;
  /** Forward passes in the background: everything else goes first. */
  forward(request: ForwardRequest, options?: ComputeOptions): Promise<ForwardResult>;
  attribute(request: AttributeRequest, options?: ComputeOptions): Promise<ComputedAttribution>;
  /** The relevance of many samples by one method. */
  relevances(request: RelevancesRequest, options?: ComputeOptions): Promise<RelevancesResult>;
  /** Forward passes of many inputs, with what a layer makes of them. */
  activations(request: ActivationsRequest, options?: ComputeOptions): Promise<ActivationsResult>;
  /** Forward passes of many inputs. */
  probabilities(request: ProbabilitiesRequest, options?: ComputeOptions): Promise<ProbabilitiesResult>;
  /** Removes features one after another and predicts after each. */
  remove(request: RemovalRequest, options?: ComputeOptions): Promise<RemovalResult>;
  /** Looks for the smallest change of float inputs that makes a class win. */
  search(request: SearchRequest, options?: ComputeOptions): Promise<SearchResult>;
  /** Units of a layer over samples of a dataset. */
  units(request: ClassUnitsRequest, options?: ComputeOptions): Promise<ClassUnits>;
  methods(model: ModelSource): Promise<readonly MethodChoice[]>;
  /** Which rule LRP gives to every node, with parameters of the method `lrp`. */
  rules(model: ModelSource, parameters: Parameters): Promise<Omit<RulesResponse, 'model'>>;
  /** Writes the method's program as a plain ONNX file; returns its size in bytes. */
  exportProgram(
    model: ModelSource,
    method: string,
    parameters: Parameters,
    target: TargetRequest,
    labels: readonly string[],
    path: string,
  ): Promise<number>;
  dispose(): Promise<void>;
}
