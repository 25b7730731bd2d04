/** Which rule every node of a model gets in layer-wise relevance propagation, before anything is run. */
import type { Parameters } from './explanation';

/** Server ← front door. */
export interface RulesRequest {
  /** Name of the workspace file, or a path; null: the only one there is. */
  readonly model: string | null;
  /** Parameters of the method `lrp`: a composite of its own or of the workspace file, or one rule. */
  readonly parameters: Parameters;
}

export interface RulesResponse {
  readonly model: string;
  /** What was asked for, settled: composite, or rule with its numbers. */
  readonly parameters: Parameters;
  /** Nodes that relevance passes, from the input to the logits. */
  readonly rows: readonly RuleRow[];
  /** Selectors of the composite that no layer matches, in words. */
  readonly unmatched: readonly string[];
}

export interface RuleRow {
  readonly node: string;
  readonly op: string;
  /** `epsilon`, `zPlus`, `pass`, …; null where no rule covers the node. */
  readonly rule: string | null;
  /** Numbers of the rule, bounds it needs, what was folded into it; or why there is none. */
  readonly detail: string;
  /** True for the layers that a composite gives rules to. */
  readonly linear: boolean;
}
