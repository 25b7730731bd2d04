/** What is there to choose from: methods, models, engines. */
import type { MethodId, ModelRef, Parameters, ParameterValue, TargetRequest } from './explanation';

export interface ParameterDefinition {
  readonly name: string;
  /** `layer`: the name of an inner value, one of `ChoicesResponse.layers`; '' is the method's own choice. */
  readonly type: 'integer' | 'number' | 'choice' | 'boolean' | 'text' | 'layer';
  readonly default: ParameterValue;
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description: string;
}

/** Groups of the picker, in its order. */
export const methodFamilies = [
  'path',
  'gradient',
  'propagation',
  'difference',
  'layer',
  'perturbation',
  'blame',
] as const;
export type MethodFamily = (typeof methodFamilies)[number];

/** A method's own documentation: the picker, `model-blame methods` and the docs page are made from it. */
export interface MethodInfo {
  readonly id: MethodId;
  readonly name: string;
  readonly family: MethodFamily;
  readonly formula: string;
  readonly means: string;
  readonly needs: string;
  readonly misleads: string;
  /** Axioms satisfied: completeness, sensitivity, linearity, symmetry, implementation invariance, … */
  readonly axioms: readonly string[];
  /** Passes through the model, in words: `1 forward + 1 backward`. */
  readonly cost: string;
  readonly papers: readonly string[];
  readonly usesBaseline: boolean;
  /** It compares with samples of a dataset; the number it takes unless told otherwise (parameter `draws`). */
  readonly population?: number;
  /** It needs them only where one of its parameters has one of these values; always when left out. */
  readonly populationWhen?: { readonly parameter: string; readonly values: readonly string[] };
  /** Baseline the method's own definition starts from, where the input kind has it; else the kind's default. */
  readonly defaultBaseline?: string;
  /**
   * What it explains where nobody chose (`predicted`) and the classes exclude each other: the predicted class against
   * the rest, for methods whose result changes when all logits are shifted. Its logit when left out.
   */
  readonly defaultTarget?: 'contrastToRest';
  readonly parameters: readonly ParameterDefinition[];
}

/**
 * Whether a method compares with samples of a dataset: always where it has a population, unless only for some values of
 * a parameter (`populationWhen`). @param given Parameters as asked for; defaults are filled in.
 */
export function comparesWithSamples(
  { population, populationWhen, parameters }: MethodInfo,
  given: Parameters,
): boolean {
  if (population === undefined || populationWhen === undefined) return population !== undefined;
  const declared = parameters.find(({ name }) => name === populationWhen.parameter);
  return populationWhen.values.includes(String(given[populationWhen.parameter] ?? declared?.default));
}

/**
 * What a method explains of a class by itself (`defaultTarget`); independent classes, bare probabilities and quantities
 * have no rest to contrast with.
 * @param reading How the end of the model is read.
 */
export function wishFor(
  { defaultTarget }: Pick<MethodInfo, 'defaultTarget'>,
  own: number,
  reading: {
    readonly activation: string;
    readonly single: boolean;
    readonly onlyProbabilities: boolean;
    readonly quantities?: true;
  },
): TargetRequest {
  const hasClasses = !reading.onlyProbabilities && reading.quantities !== true;
  const exclusive = hasClasses && (reading.single || reading.activation !== 'sigmoid');
  return { kind: exclusive && defaultTarget !== undefined ? defaultTarget : 'class', class: own };
}

export interface BaselineInfo {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** What the baseline itself can be told (`sigma` of a blur); none when left out. */
  readonly parameters?: readonly ParameterDefinition[];
}

/** A method for one model: fits, or says why not. */
export interface MethodChoice {
  readonly info: MethodInfo;
  readonly unfit: string | null;
}

export interface ModelEntry {
  readonly name: string;
  readonly uri: string;
  readonly inputKind: ModelRef['inputKind'] | null;
  /** Where the entry comes from: a workspace file, a recognised export folder, or a plain path. */
  readonly origin: 'workspace-file' | 'export-folder' | 'path';
  /** Why the model cannot be used, with the next step; null when nothing is known against it. */
  readonly problem: string | null;
}

export interface EngineEntry {
  readonly name: string;
  readonly available: boolean;
  /** Version when available, the reason when not. */
  readonly detail: string;
  /** 10⁹ multiplications and additions a second on a small network, where it was measured. */
  readonly throughput?: number;
}
