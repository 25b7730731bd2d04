/** A Program: forward and relevance pass in one Graph, for any engine to run. */
import type { Node, Graph, Value } from '../graph/types';
import type { GraphBuilder } from '../graph/builder';
import type { EntryPoint, Model } from '../model/types';

/**
 * How the scalar S is made from the logits f and the feed `seed` (a vector v over classes; one row per sample).
 * - `linear`: S = Σ v_c f_c: a logit, a contrast.
 * - `probability`: S = Σ v_c p_c, p = softmax or sigmoid as the model says.
 * - `logProbability`: S = Σ v_c log p_c.
 * - `contrastToRest`: S = Σ v_c (f_c − logsumexp_{d≠c} f_d).
 */
export type Head = 'linear' | 'probability' | 'logProbability' | 'contrastToRest';

/** Names of a Program's own inputs and outputs; sample inputs keep the model's names. */
export const names = {
  /** Input, float32 [batch or 1, classes]. */
  seed: 'seed',
  /** Outputs: [batch, classes] and [batch]. */
  logits: 'logits',
  score: 'score',
  /** Output, relevance or gradient at an entry, shaped like it. */
  relevance: (entry: Value): string => `relevance/${entry}`,
  /** Path programs: feeds of the straight line, see `ProgramSpec.path`. */
  sample: (entry: Value): string => `sample/${entry}`,
  baseline: (entry: Value): string => `baseline/${entry}`,
  alpha: 'alpha',
  weight: 'weight',
} as const;

export type RuleSetId = string;

export interface ProgramSpec {
  /**
   * What the program computes:
   * - `forward`: model inputs → logits, score (and `values`, if asked for).
   * - `entries`: model inputs → every entry value. No logits, no seed.
   * - `relevance`: entries are *fed* (by their value names; inputs that only feed entries disappear) → logits,
   *   score, relevance at each entry.
   * - `path`: as `relevance`, with each entry computed inside as x′ + α(x − x′) from feeds `sample/<entry>` and
   *   `baseline/<entry>` (each [1, …]) and `alpha` [batch]; additionally fed `weight` [batch]; outputs
   *   `logits`, `score` [batch], and `relevance/<entry>` [1, …] = (x − x′) ⊙ Σ_batch weight · ∂S/∂x.
   */
  readonly kind: 'forward' | 'entries' | 'relevance' | 'path';
  readonly head: Head;
  /** Rule set of the relevance pass; `gradient` for the chain rule. */
  readonly rules: RuleSetId;
  /** Entries relevance is computed at; all by default. */
  readonly entries?: readonly EntryPoint[];
  /** `forward` only: feed entries by value instead of model inputs (occlusion at the embedding). */
  readonly feedEntries?: boolean;
  /** Extra values to return, by name (feature maps, layer inputs). */
  readonly values?: readonly Value[];
}

export interface Program {
  readonly graph: Graph;
  /** Identifies model, spec and compiler version: cache key, and shown in results. */
  readonly key: string;
  readonly spec: ProgramSpec;
}

/** What a rule may ask about the forward pass. */
export interface RuleContext {
  readonly model: Model;
  /** The node that makes a value, if a node does. */
  producer(value: Value): Node | undefined;
  /** True when relevance has to reach this value: rules skip the others. */
  needed(value: Value): boolean;
}

/**
 * Backward rule of one operator: builds, with `b`, the nodes that carry relevance from a node's outputs to its
 * inputs. `r[i]` is the relevance of output i, or null where none arrived. Returns one entry per input; null for
 * inputs that carry none (indices, shapes) or are not `needed`. The result of input j has exactly the shape of
 * input j.
 */
export type RelevanceRule = (
  node: Node,
  r: readonly (Value | null)[],
  b: GraphBuilder,
  ctx: RuleContext,
) => (Value | null)[];

/** One table line: which operators a rule is for. */
export interface RuleEntry {
  readonly ops: readonly string[];
  readonly rule: RelevanceRule;
  /** Why the rule cannot carry this node's configuration, a few words; null when it can. */
  readonly refuses?: (node: Node, b: GraphBuilder, needed: (value: Value) => boolean) => string | null;
  /** Outputs the rule reads, by count, even where the model leaves them out: the compiler adds them to the node. */
  readonly outputs?: number;
}

/** A way to carry relevance: the chain rule, a member of the LRP family, … One folder and one table line each. */
export interface RuleSet {
  readonly id: RuleSetId;
  readonly rules: readonly RuleEntry[];
  /** Operators through which nothing flows: integer or piecewise constant results (Shape, ArgMax, Floor, Equal, …). */
  readonly stops: readonly string[];
}
