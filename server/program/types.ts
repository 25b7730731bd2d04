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
  /** Feed of a twin pass: another value of an entry, [batch or 1, …]. */
  twin: (twin: Twin, entry: Value): string => `${twin}/${entry}`,
  /** Feed that relevance at an inner value is multiplied with, see `ProgramSpec.filter`; [batch or 1, …]. */
  mask: (value: Value): string => `mask/${value}`,
  /** Output, [batch]: Σ of the relevance the pass starts with; only where that is not ∂S/∂f (`RuleSet.start`). */
  start: 'start',
  /** Output, float32 [nodes, columns], see `ProgramSpec.conservation`. */
  conservation: 'conservation',
} as const;

export type RuleSetId = string;

/** Choices of a rule set (the composite of the LRP family, ε, …): plain JSON, part of a Program's key. */
export type RuleOptions = Readonly<Record<string, unknown>>;

/**
 * The forward pass once more, from other values at the entries, for rules that compare: `reference` (DeepLIFT), and
 * the bounds `low` and `high` of the box rule.
 */
export const allTwins = ['reference', 'low', 'high'] as const;
export type Twin = (typeof allTwins)[number];

/**
 * Why relevance that arrived at a node is not handed on. `empty`: neurons that have nothing to share by (0/0), and the
 * parts of αβ that a neuron lacks (negative where the other part hands on more than arrived).
 */
export const absorptions = ['bias', 'stabiliser', 'softmax', 'activation', 'constant', 'state', 'empty'] as const;
export type Absorption = (typeof absorptions)[number];

/** Columns of the conservation table, one row per node of `Program.trace`: sums over the whole run. */
export const conservationColumns = ['arrived', 'passedOn', 'negative', ...absorptions] as const;

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
  /** What the rule set may choose. */
  readonly options?: RuleOptions;
  /** Entries relevance is computed at; all by default. */
  readonly entries?: readonly EntryPoint[];
  /** `forward` only: feed entries by value instead of model inputs (occlusion at the embedding). */
  readonly feedEntries?: boolean;
  /** Extra values to return, by name (feature maps, layer inputs). */
  readonly values?: readonly Value[];
  /** `relevance` only: inner values that are fed by their names: the pass before them is not run again. */
  readonly fed?: readonly Value[];
  /** `relevance` only: inner values at which relevance is returned too, as `relevance/<value>`. */
  readonly at?: readonly Value[];
  /**
   * `relevance` only: inner values through which only a part of the relevance may flow: it is multiplied with the
   * feed `mask/<value>` ([batch or 1, …], shaped like the value) before it goes on, and before `at` sees it.
   */
  readonly filter?: readonly Value[];
  /** `relevance` only: adds the output `conservation`, one row per node of `Program.trace`. */
  readonly conservation?: boolean;
}

export interface Program {
  readonly graph: Graph;
  /** Identifies model, spec and compiler version: cache key, and shown in results. */
  readonly key: string;
  readonly spec: ProgramSpec;
  /** Nodes of the relevance pass in the order it visits them; empty where there is none. */
  readonly trace: readonly Traced[];
  /** Twin passes whose feeds (`<twin>/<entry>`) the Program needs. */
  readonly twins: readonly Twin[];
  /** Most layers work with weights made from the model's (w⁺, |w|, w²): engines need not prepare them for many runs. */
  readonly derivesWeights?: boolean;
}

/** A forward node that relevance went through. */
export interface Traced {
  readonly node: string;
  readonly op: string;
  /** Name of the rule that carried it: `gradient`, `epsilon`, … */
  readonly rule: string;
}

/** What a rule may ask about the forward pass. */
export interface RuleContext {
  readonly model: Model;
  /** The node that makes a value, if a node does. */
  producer(value: Value): Node | undefined;
  /** True when relevance has to reach this value: rules skip the others. */
  needed(value: Value): boolean;
  /** What a forward value is in a twin pass; only for twins that the plan asked for. */
  twin(twin: Twin, value: Value): Value;
  /**
   * Books relevance that a rule does not hand on. `amount` (any shape; its sum counts) is built only when the
   * conservation table was asked for.
   */
  absorb(cause: Absorption, amount: () => Value): void;
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
  /** Shown in traces; the rule set's id when left out. */
  readonly name?: string;
  /** Why the rule cannot carry this node's configuration, a few words; null when it can. */
  readonly refuses?: (node: Node, b: GraphBuilder, needed: (value: Value) => boolean) => string | null;
  /**
   * Value the rule carries relevance to, where that is none of the node's inputs: the node ends an element-wise function
   * of it. The rule returns one value then, and the nodes between have a rule that hands on nothing.
   */
  readonly root?: Value;
  /** Outputs the rule reads, by count, even where the model leaves them out: the compiler adds them to the node. */
  readonly outputs?: number;
}

/** A way to carry relevance: the chain rule, a member of the LRP family, … One folder and one table line each. */
export interface RuleSet {
  readonly id: RuleSetId;
  /** Operators through which nothing flows: integer or piecewise constant results (Shape, ArgMax, Floor, Equal, …). */
  readonly stops: readonly string[];
  /**
   * What the pass starts with at the logits f: `slope` is ∂S/∂f (gradient-like methods), `relevance` is f ⊙ ∂S/∂f
   * (the LRP family: its sum is S for linear targets), `one` is 1 where the seed is not 0.
   */
  readonly start: 'slope' | 'relevance' | 'one';
  /**
   * What rules carry, for the conservation table: relevance (the default), or `ratio`, relevance over the value it
   * belongs to (gradient form), which the table multiplies with the value.
   */
  readonly carries?: 'relevance' | 'ratio';
  /** See `Program.derivesWeights`. */
  readonly derivesWeights?: boolean;
  /** Rewrites the forward pass without changing its results. @param keep Values that must stay. */
  canonize?(graph: Graph, keep: ReadonlySet<Value>): Graph;
  /** Chooses a rule for every node of the way. @param keep Values that relevance may be asked for. */
  plan(way: Way, graph: Graph, keep: ReadonlySet<Value>): Plan;
}

/** Nodes and values that lie on a way from the targets to the start: the only ones that get rules. */
export interface Way {
  /** In the order of the forward pass. */
  readonly nodes: readonly Node[];
  needed(value: Value): boolean;
}

/** The rules of one compilation. */
export interface Plan {
  /** Undefined where no rule covers the node. */
  rule(node: Node): RuleEntry | undefined;
  readonly twins?: readonly Twin[];
  /**
   * Takes the first steps itself: from the slope at the logits to the relevance of values before them (a linear
   * target is folded into the last linear layer before any rule). Null: the pass starts at the logits.
   */
  begin?(step: FirstStep): ReadonlyMap<Value, Value> | null;
}

export interface FirstStep {
  readonly b: GraphBuilder;
  readonly ctx: RuleContext;
  readonly logits: Value;
  /** ∂S/∂logits, shaped like them. */
  readonly slope: Value;
}

/** One line of the table of rule sets. @throws UserError for options that make no sense, naming them. */
export interface RuleSetFamily {
  readonly id: RuleSetId;
  make(options: RuleOptions): RuleSet;
}
