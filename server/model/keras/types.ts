/** What one line of the table of layers says. */
import type { GraphBuilder } from '../../graph/builder';
import type { Attribute, Dim, Tensor, Value } from '../../graph/types';
import type { Carried, Channels } from '../channels';
import type { TextVectorization } from '../types';
import type { LayerConfig } from './config';

/** A tensor between layers, and which of its time steps are real: bool [batch, steps], null for all. */
export interface KerasTensor extends Carried {
  readonly mask: Value | null;
}

/** One call of a layer. */
export interface Call {
  readonly layer: LayerConfig;
  readonly b: GraphBuilder;
  readonly channels: Channels;
  /** Tensors the layer is called with, in order. */
  readonly inputs: readonly KerasTensor[];
  /** Tensors and values given by name (`initial_state`, `mask`, `key`, …). */
  readonly named: Readonly<Record<string, unknown>>;
  /** Keras 3: some functions mean something else than before. */
  readonly modern: boolean;
  /**
   * A weight of the layer by its name in `LayerEntry.weights`.
   * @param dims Sizes it must have, null for any; throws a UserError when it has others.
   */
  weight(name: string, dims?: readonly (number | null)[]): Tensor;
  has(name: string): boolean;
  /** Sizes of an input in the model's order. Throws where the rank is unknown. */
  shape(input?: KerasTensor): readonly Dim[];
  /** Adds a node named after the layer. */
  op(op: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  /** A tensor in the model's order without a mask. */
  plain(value: Value): KerasTensor;
  /** Calls another layer inside this one, whose weights are called `prefix/…`. */
  inner(
    layer: LayerConfig,
    prefix: string,
    inputs: readonly KerasTensor[],
    named?: Readonly<Record<string, unknown>>,
  ): readonly KerasTensor[];
  note(text: string): void;
  /** A file that the layer keeps beside its weights; undefined where there is none. */
  asset(name: string): string | undefined;
  /** Says how the text is split whose ids this layer reads. */
  splits(text: Omit<TextVectorization, 'input'>): void;
}

export interface LayerEntry {
  /** Class names, all that mean this layer. */
  readonly names: readonly string[];
  /** One sentence: what it computes. */
  readonly doc: string;
  /** Names of its weights in the order Keras keeps them. */
  readonly weights?: (layer: LayerConfig) => readonly string[];
  /** Weights that are not trained: older files keep them behind those that are. */
  readonly fixed?: readonly string[];
  /** Weights that only training needs, by the ends of their names: older files list them, too. */
  readonly spare?: readonly string[];
  /** Where `.keras` files keep them: groups below the layer's own, in order. */
  readonly parts?: (layer: LayerConfig) => readonly string[];
  /** `passes`: the mask of the first input holds for the output, unless the layer says another. */
  readonly mask?: 'passes';
  readonly build: (call: Call) => KerasTensor | readonly KerasTensor[];
}
