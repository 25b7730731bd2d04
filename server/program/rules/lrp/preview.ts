/** Which rule each node gets, without compiling anything. */
import { GraphBuilder } from '../../../graph/builder';
import type { Graph, Node } from '../../../graph/types';
import type { Model } from '../../../model/types';
import { findWay } from '../../backward';
import { cutNodes } from '../../cut';
import type { RuleOptions, Way } from '../../types';
import { INSIDE } from '../functions';
import { stops } from '../gradient/stops';
import { ruleSetOf } from '../index';
import { assign } from './assign';
import type { Assignment } from './assign';
import { HELD } from './held';
import { lrpOptions } from './options';
import type { LayerSelector, LinearRule } from './types';

export interface PreviewRow {
  readonly node: string;
  readonly op: string;
  readonly rule: string | null;
  readonly detail: string;
  readonly linear: boolean;
}

export interface Preview {
  /** From the input to the logits. */
  readonly rows: readonly PreviewRow[];
  /** Selectors of the composite that no layer matches, in words. */
  readonly unmatched: readonly string[];
}

/**
 * @param options As `lrpOptions` takes them.
 * @throws UserError for options that make no sense, and for a composite with two rules for one node.
 */
export function previewRules(model: Model, options: RuleOptions): Preview {
  const set = ruleSetOf('lrp', options);
  const { composite, fold, start } = lrpOptions(options);
  const given = new Set(model.entries.map(({ value }) => value));
  const { logits } = model.output;
  const keep = new Set([...given, logits]);
  const graph = set.canonize?.(model.graph, keep) ?? model.graph;
  const way = wayOf(graph, given, logits);
  const plan = set.plan(way, graph, keep);
  const assignment = assign(way, graph, composite);
  const b = new GraphBuilder('', { ...graph, nodes: [] });
  const notes = notesOf(assignment, graph, logits, fold && start === 'relevance');
  const rows = way.nodes.map((node): PreviewRow => {
    const entry = plan.rule(node);
    const reason = entry?.refuses?.(node, b, (value) => way.needed(value)) ?? null;
    const layer = assignment.layers.get(node.name);
    const base = { node: node.name, op: node.op, linear: layer !== undefined };
    if (entry === undefined) return { ...base, rule: null, detail: 'no rule covers this operator' };
    if (reason !== null) return { ...base, rule: null, detail: reason };
    if (entry.name === HELD) return { ...base, linear: false, rule: HELD, detail: 'only makes a scale: no relevance' };
    if (entry.name === INSIDE) return { ...base, linear: false, rule: INSIDE, detail: 'part of an activation' };
    const words = [...(layer === undefined ? [] : numbersOf(layer.rule)), ...notes(node)];
    return { ...base, rule: entry.name ?? set.id, detail: words.join(', ') };
  });
  return {
    rows: withFolded(rows, way, wayOf(model.graph, given, logits)),
    unmatched: assignment.unmatched.map(({ rule, index }) => `rule ${index + 1} (${selectorText(rule)})`),
  };
}

const wayOf = (graph: Graph, given: ReadonlySet<string>, logits: string): Way =>
  findWay(cutNodes(graph, [logits], given), [...given], logits, stops, graph.types);

/** Numbers of a rule that are not its usual ones, ε always. */
export function numbersOf({ rule, epsilon = 1e-6, relative, gamma = 0.25, alpha = 2, beta = 1, bias }: LinearRule) {
  const words: string[] = [];
  if (rule === 'epsilon' || rule === 'norm')
    words.push(
      `ε = ${epsilon > 0 && epsilon < 1e-3 ? epsilon.toExponential() : epsilon}${relative === true ? ' · rms' : ''}`,
    );
  if (rule === 'gamma') words.push(`γ = ${gamma}`);
  if (rule === 'alphaBeta') words.push(`α = ${alpha}, β = ${beta}`);
  if (rule === 'box') words.push('needs the bounds of the input');
  if (bias !== undefined && bias !== 'absorb') words.push(`bias: ${bias}`);
  return words;
}

function notesOf({ layers, passing }: Assignment, graph: Graph, logits: string, fold: boolean) {
  const biases = new Map([...layers.values()].flatMap(({ layer, after }) => (after ? [[after.node, layer.node]] : [])));
  const last = [...layers.values()].find(
    ({ layer, after }) => layer.node.outputs.includes(logits) || after?.node.outputs.includes(logits) === true,
  );
  return (node: Node): string[] => {
    const own = layers.get(node.name);
    const of = biases.get(node);
    return [
      ...(own?.seesInput === true && own.layer.kind !== 'pooling' ? ['sees the input'] : []),
      ...(fold && own !== undefined && own === last ? ['the target is folded in'] : []),
      ...(of === undefined ? [] : [`bias of ${of.name}`]),
      ...(of === undefined && passing.has(node.name) ? ['shift of the input'] : []),
      ...(graph.types.get(node.outputs[0] ?? '') === undefined ? ['of unknown shape'] : []),
    ];
  };
}

/** Nodes of the model that are gone: they became part of the next that is there. */
function withFolded(rows: readonly PreviewRow[], now: Way, before: Way): PreviewRow[] {
  const there = new Map(rows.map((row) => [row.node, row]));
  const result = before.nodes.map(
    (node): PreviewRow =>
      there.get(node.name) ?? {
        node: node.name,
        op: node.op,
        rule: 'folded',
        detail: 'part of a neighbour',
        linear: false,
      },
  );
  const known = new Set(before.nodes.map(({ name }) => name));
  return [...result, ...now.nodes.flatMap(({ name }) => (known.has(name) ? [] : [there.get(name) as PreviewRow]))];
}

/** A selector in words: `Conv until 1`. */
export function selectorText({ operator, name, from, until }: LayerSelector): string {
  const words = [
    operator === undefined ? 'any layer' : [operator].flat().join(' or '),
    ...(name === undefined ? [] : [`named ${name}`]),
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
  ];
  return words.join(' ');
}
