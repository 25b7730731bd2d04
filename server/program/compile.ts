/** The compiler: Model + specification → Program (one Graph with the forward and the relevance pass). */
import { createHash } from 'node:crypto';
import { GraphBuilder } from '../graph/builder';
import type { Graph, Node, Value } from '../graph/types';
import { UserError } from '../errors';
import type { EntryPoint, Model } from '../model/types';
import { addRelevance, entryOf, findWay, firstRefusal } from './backward';
import type { Way } from './backward';
import { cutNodes, freeNames } from './cut';
import { addHead } from './heads';
import { addLine, addWeightedSum } from './path';
import { refusalText } from './refusal';
import { ruleSets } from './rules';
import { shapeOf, zerosLike } from './shapes';
import { names } from './types';
import type { Program, ProgramSpec, RuleSet, RuleSetId } from './types';

/** Part of every key: raise it when compiled Programs change. */
const VERSION = 1;

/**
 * Compiles a Program; `types.ts` says what each kind takes and returns. A path Program's model inputs that are not
 * entries (masks) are fed with one row per α, like `alpha`.
 * @throws UserError `no-rule` (node, operator, way out), `unknown-rules`, `name-clash`, `target-unfit`.
 */
export function compileProgram(model: Model, spec: ProgramSpec): Program {
  const key = programKey(model, spec);
  const graph = spec.kind === 'entries' ? entriesGraph(model, spec) : programGraph(model, spec, key);
  return { graph, key, spec };
}

/** SHA-256 (hex) of the model's hash, the specification and the compiler's version. */
export function programKey(model: Model, spec: ProgramSpec): string {
  const parts = [VERSION, model.hash, model.output.output, model.output.logits, spec.kind, spec.head, spec.rules];
  const choice = [entriesOf(model, spec).map((entry) => entry.value), spec.feedEntries ?? false, spec.values ?? []];
  return createHash('sha256')
    .update(JSON.stringify([...parts, ...choice]))
    .digest('hex');
}

/**
 * Whether a relevance pass can be compiled, without compiling it: null when it can, else one sentence with the
 * first node that no rule covers, its operator and the way out.
 */
export function canDifferentiate(model: Model, rules: RuleSetId = 'gradient'): string | null {
  const set = ruleSetOf(rules);
  const given = new Set(model.entries.map((entry) => entry.value));
  const nodes = cutNodes(model.graph, [model.output.logits], given);
  const way = findWay(nodes, [...given], model.output.logits, set, model.graph.types);
  const refusal = firstRefusal(way, set, new GraphBuilder('', { ...model.graph, nodes: [] }));
  return refusal === null ? null : refusalText(refusal.node, set.id, refusal.reason);
}

function ruleSetOf(id: RuleSetId): RuleSet {
  const set = ruleSets.find((candidate) => candidate.id === id);
  if (set !== undefined) return set;
  throw new UserError('unknown-rules', `there is no rule set "${id}"`, {
    next: `choose one of ${ruleSets.map((known) => known.id).join(', ')}`,
  });
}

function entriesOf(model: Model, spec: ProgramSpec): readonly EntryPoint[] {
  return spec.entries ?? model.entries;
}

function entriesGraph(model: Model, spec: ProgramSpec): Graph {
  const wanted = entriesOf(model, spec).map((entry) => entry.value);
  const b = new GraphBuilder(`${model.graph.name}:entries`, { ...model.graph, nodes: [] });
  addForward(b, model.graph, cutNodes(model.graph, wanted, new Set()));
  return b.build(wanted);
}

function programGraph(model: Model, spec: ProgramSpec, key: string): Graph {
  const entries = entriesOf(model, spec);
  const path = spec.kind === 'path';
  const fedEntries = spec.kind === 'relevance' || (spec.kind === 'forward' && spec.feedEntries === true);
  const given = new Set(path || fedEntries ? entries.map((entry) => entry.value) : []);
  const raw = cutNodes(model.graph, [model.output.logits, ...(spec.values ?? [])], given);
  const used = new Set(raw.flatMap((node) => node.inputs));
  const fed = new Set([...model.graph.inputs.filter((input) => used.has(input)), ...given, ...(spec.values ?? [])]);
  if (path) given.forEach((value) => fed.delete(value));

  const { graph, of } = freeNames(model.graph, reservedNames(entries), fed);
  const inputs = path ? graph.inputs.filter((input) => !given.has(input)) : [...new Set([...graph.inputs, ...given])];
  const b = new GraphBuilder(`${graph.name}:${key.slice(0, 12)}`, { ...graph, inputs, nodes: [] });
  const logits = of(model.output.logits);
  const values = (spec.values ?? []).map(of);
  const entryValues = entries.map((entry) => of(entry.value));
  const cutAt = new Set([...given].map(of));
  for (const entry of entries) if (given.has(entry.value)) b.declare(of(entry.value), entry.type);
  const lines = path ? addLine(b, entries, of) : null;

  const differentiable = spec.kind === 'relevance' || path;
  const set = differentiable ? ruleSetOf(spec.rules) : undefined;
  const plain = cutNodes(graph, [logits, ...values], cutAt);
  const way = set === undefined ? undefined : findWay(plain, entryValues, logits, set, graph.types);
  const nodes = set === undefined || way === undefined ? plain : withRuleOutputs(plain, way, set);
  addForward(b, graph, nodes);

  const shape = shapeOf(b, logits);
  const classes = shape === undefined || shape.length < 2 ? 1 : shape.slice(1).reduce((a, c) => joined(a, c), 1);
  const seed = b.input(names.seed, 'float32', ['seeds', classes]);
  const { score, start } = addHead(b, model.output, logits, seed, spec.head);
  const outputs = [publicLogits(b, logits), b.rename(score, names.score)];
  if (set !== undefined) {
    const relevance = addRelevance(b, model, findWay(nodes, entryValues, logits, set, graph.types), set, logits, start);
    for (const entry of entries) {
      const own = relevance(of(entry.value)) ?? zerosLike(b, of(entry.value));
      const summed = lines === null ? own : addWeightedSum(b, own, lines.of(entry), lines.weight);
      outputs.push(b.rename(summed, names.relevance(entry.value)));
    }
  }
  return b.build([...outputs, ...values]);
}

function joined(a: string | number, c: string | number): string | number {
  return typeof a === 'number' && typeof c === 'number' ? a * c : 'classes';
}

function reservedNames(entries: readonly EntryPoint[]): ReadonlySet<string> {
  const own = entries.flatMap(({ value }) => [names.relevance(value), names.sample(value), names.baseline(value)]);
  return new Set([names.seed, names.logits, names.score, names.alpha, names.weight, ...own]);
}

/** Forward nodes as they are; types the importer found win over what can be inferred again. */
function addForward(b: GraphBuilder, graph: Graph, nodes: readonly Node[]): void {
  for (const node of nodes) {
    b.add(node);
    for (const output of node.outputs) {
      const type = graph.types.get(output);
      if (type !== undefined) b.declare(output, type);
    }
  }
}

/** Adds the outputs that rules read to nodes which leave them out. */
function withRuleOutputs(nodes: readonly Node[], way: Way, set: RuleSet): Node[] {
  const onWay = new Set(way.nodes);
  return nodes.map((node) => {
    const count = onWay.has(node) ? (entryOf(set, node)?.outputs ?? 0) : 0;
    if (node.outputs.length >= count && !node.outputs.slice(0, count).includes('')) return node;
    const length = Math.max(count, node.outputs.length);
    const outputs = Array.from({ length }, (_, index) => {
      const own = node.outputs[index] ?? '';
      return own === '' && index < count ? `${node.name}/output${index}` : own;
    });
    return { ...node, outputs };
  });
}

/** [batch, classes]; positions and classes flattened, [batch, 1] for one logit. */
function publicLogits(b: GraphBuilder, logits: Value): Value {
  const flat = shapeOf(b, logits)?.length === 2 ? logits : b.op('Reshape', [logits, b.indices([0, -1])]);
  return b.rename(flat, names.logits);
}
