/** The compiler: Model + specification → Program (one Graph with the forward and the relevance pass). */
import { createHash } from 'node:crypto';
import { GraphBuilder, readsOf } from '../graph/builder';
import type { Graph, Node, Value } from '../graph/types';
import type { EntryPoint, Model } from '../model/types';
import { addRelevance, findWay, firstRefusal } from './backward';
import { openBooks } from './conservation';
import { cutNodes, freeNames } from './cut';
import { addHead } from './heads';
import { addLine, addWeightedSum } from './path';
import { refusalText } from './refusal';
import { ruleSetOf } from './rules';
import { maths } from './maths';
import { reduceSum, shapeOf, zerosLike } from './shapes';
import { allTwins, names } from './types';
import { addTwins } from './twins';
import type { Plan, Program, ProgramSpec, RuleOptions, RuleSet, RuleSetId, Way } from './types';

/** Part of every key: raise it when compiled Programs change. */
const VERSION = 6;

/**
 * Compiles a Program; `types.ts` says what each kind takes and returns. A path Program's model inputs that are not
 * entries (masks) are fed with one row per α, like `alpha`.
 * @throws UserError `no-rule` (node, operator, way out), `unknown-rules`, `name-clash`, `target-unfit`.
 */
export function compileProgram(model: Model, spec: ProgramSpec): Program {
  const key = programKey(model, spec);
  const made: Made =
    spec.kind === 'entries'
      ? { graph: entriesGraph(model, spec), trace: [], twins: [] }
      : programGraph(model, spec, key);
  return { ...made, key, spec };
}

/** SHA-256 (hex) of the model's hash, the specification and the compiler's version. */
export function programKey(model: Model, spec: ProgramSpec): string {
  const parts = [VERSION, model.hash, model.output.output, model.output.logits, spec.kind, spec.head, spec.rules];
  const choice = [entriesOf(model, spec).map((entry) => entry.value), spec.feedEntries ?? false, spec.values ?? []];
  const relevance = [spec.options ?? {}, spec.at ?? [], spec.filter ?? [], spec.conservation ?? false];
  // Only where there are any: keys of other Programs stay what they were.
  if (spec.fed !== undefined) relevance.push(spec.fed);
  return createHash('sha256')
    .update(JSON.stringify([...parts, ...choice, ...relevance]))
    .digest('hex');
}

/**
 * Whether a relevance pass can be compiled, without compiling it: null when it can, else one sentence with the
 * first node that no rule covers, its operator and the way out.
 */
export function canDifferentiate(
  model: Model,
  rules: RuleSetId = 'gradient',
  options: RuleOptions = {},
): string | null {
  const set = ruleSetOf(rules, options);
  const given = new Set(model.entries.map((entry) => entry.value));
  const { logits } = model.output;
  const keep = new Set([...given, logits]);
  const graph = set.canonize?.(model.graph, keep) ?? model.graph;
  const way = findWay(cutNodes(graph, [logits], given), [...given], logits, set.stops, graph.types);
  const refusal = firstRefusal(way, set.plan(way, graph, keep), new GraphBuilder('', { ...graph, nodes: [] }));
  return refusal === null ? null : refusalText(refusal.node, set.id, refusal.reason);
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

type Made = Pick<Program, 'graph' | 'trace' | 'twins' | 'derivesWeights'>;

function programGraph(model: Model, spec: ProgramSpec, key: string): Made {
  const entries = entriesOf(model, spec);
  const path = spec.kind === 'path';
  const fedEntries = spec.kind === 'relevance' || (spec.kind === 'forward' && spec.feedEntries === true);
  const middle = spec.kind === 'relevance' ? (spec.fed ?? []) : [];
  const given = new Set([...(path || fedEntries ? entries.map((entry) => entry.value) : []), ...middle]);
  const inner = [...(spec.values ?? []), ...(spec.at ?? []), ...(spec.filter ?? [])];
  const set = spec.kind === 'relevance' || path ? ruleSetOf(spec.rules, spec.options) : undefined;
  const keep = new Set([...model.entries.map((entry) => entry.value), model.output.logits, ...inner, ...middle]);
  const forward = set?.canonize?.(model.graph, keep) ?? model.graph;
  const raw = cutNodes(forward, [model.output.logits, ...inner], given);
  const used = new Set(raw.flatMap(readsOf));
  const fed = new Set([...forward.inputs.filter((input) => used.has(input)), ...given, ...(spec.values ?? [])]);
  if (path) given.forEach((value) => fed.delete(value));

  const { graph, of } = freeNames(forward, reservedNames(entries, inner), fed);
  const inputs = path ? graph.inputs.filter((input) => !given.has(input)) : [...new Set([...graph.inputs, ...given])];
  const b = new GraphBuilder(`${graph.name}:${key.slice(0, 12)}`, { ...graph, inputs, nodes: [] });
  const logits = of(model.output.logits);
  const cutAt = new Set([...given].map(of));
  for (const entry of entries) if (given.has(entry.value)) b.declare(of(entry.value), entry.type);
  const lines = path ? addLine(b, entries, of) : null;

  const kept = new Set([...keep].map(of));
  const plain = cutNodes(graph, [logits, ...inner.map(of)], cutAt);
  const targets = [...entries.map((entry) => entry.value), ...(spec.at ?? []), ...(spec.filter ?? [])].map(of);
  const wayThrough = (nodes: readonly Node[], stops: readonly string[]): Way =>
    findWay(nodes, targets, logits, stops, graph.types);
  const firstWay = set === undefined ? undefined : wayThrough(plain, set.stops);
  const planned = set === undefined || firstWay === undefined ? undefined : set.plan(firstWay, graph, kept);
  const nodes = firstWay === undefined || planned === undefined ? plain : withRuleOutputs(plain, firstWay, planned);
  addForward(b, graph, nodes);

  const shape = shapeOf(b, logits);
  const classes = shape === undefined || shape.length < 2 ? 1 : shape.slice(1).reduce((a, c) => joined(a, c), 1);
  const seed = b.input(names.seed, 'float32', ['seeds', classes]);
  const { score, slope } = addHead(b, model.output, logits, seed, spec.head);
  const outputs = [publicLogits(b, logits), b.rename(score, names.score)];
  if (set === undefined) return { graph: b.build([...outputs, ...(spec.values ?? [])]), trace: [], twins: [] };

  const way = wayThrough(nodes, set.stops);
  const plan = nodes === plain && planned !== undefined ? planned : set.plan(way, graph, kept);
  const twins = plan.twins ?? [];
  const books = spec.conservation === true ? openBooks() : null;
  const start = startOf(b, set.start, logits, slope);
  const carried = addRelevance(
    b,
    {
      model,
      way,
      set: set.id,
      carries: set.carries,
      plan,
      twin: addTwins(b, graph, nodes, entries, of, twins),
      masks: new Map((spec.filter ?? []).map((value) => [of(value), addMask(b, value, of(value))])),
      books,
    },
    { logits, slope, relevance: start },
  );
  if (set.start === 'relevance') outputs.push(b.rename(sumPerSample(b, start), names.start));
  for (const entry of entries) {
    const own = carried.of(of(entry.value)) ?? zerosLike(b, of(entry.value));
    const summed = lines === null ? own : addWeightedSum(b, own, lines.of(entry), lines.weight);
    outputs.push(b.rename(summed, names.relevance(entry.value)));
  }
  for (const value of spec.at ?? []) {
    if (entries.some((entry) => entry.value === value)) continue;
    outputs.push(b.rename(carried.of(of(value)) ?? zerosLike(b, of(value)), names.relevance(value)));
  }
  if (books !== null && carried.trace.length > 0) outputs.push(b.rename(books.table(b), names.conservation));
  return {
    graph: b.build([...outputs, ...(spec.values ?? [])]),
    trace: carried.trace,
    twins,
    ...(set.derivesWeights === true ? { derivesWeights: true } : {}),
  };
}

/** Relevance of the logits, see `RuleSet.start`. */
function startOf(b: GraphBuilder, start: RuleSet['start'], logits: Value, slope: Value): Value {
  const m = maths(b, logits);
  if (start === 'slope') return slope;
  return start === 'relevance' ? m.mul(logits, slope) : m.mask(m.not(m.equal(slope, 0)));
}

/** Σ over everything but the batch, [batch]. */
function sumPerSample(b: GraphBuilder, value: Value): Value {
  const flat = b.op('Reshape', [value, b.indices([0, -1])]);
  return reduceSum(b, flat, [1], false);
}

function addMask(b: GraphBuilder, value: Value, inner: Value): Value {
  const [, ...rest] = shapeOf(b, inner) ?? ['batch'];
  return b.input(names.mask(value), 'float32', ['masks', ...rest]);
}

function joined(a: string | number, c: string | number): string | number {
  return typeof a === 'number' && typeof c === 'number' ? a * c : 'classes';
}

function reservedNames(entries: readonly EntryPoint[], inner: readonly Value[]): ReadonlySet<string> {
  const own = entries.flatMap(({ value }) => [names.relevance(value), names.sample(value), names.baseline(value)]);
  const twins = entries.flatMap(({ value }) => allTwins.map((twin) => names.twin(twin, value)));
  const layers = inner.flatMap((value) => [names.relevance(value), names.mask(value)]);
  const fixed = [names.seed, names.logits, names.score, names.alpha, names.weight, names.start, names.conservation];
  return new Set([...fixed, ...own, ...twins, ...layers]);
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
function withRuleOutputs(nodes: readonly Node[], way: Way, plan: Plan): readonly Node[] {
  const onWay = new Set(way.nodes);
  const result = nodes.map((node) => {
    const count = onWay.has(node) ? (plan.rule(node)?.outputs ?? 0) : 0;
    if (node.outputs.length >= count && !node.outputs.slice(0, count).includes('')) return node;
    const length = Math.max(count, node.outputs.length);
    const outputs = Array.from({ length }, (_, index) => {
      const own = node.outputs[index] ?? '';
      return own === '' && index < count ? `${node.name}/output${index}` : own;
    });
    return { ...node, outputs };
  });
  return result.some((node, index) => node !== nodes[index]) ? result : nodes;
}

/** [batch, classes]; positions and classes flattened, [batch, 1] for one logit. */
function publicLogits(b: GraphBuilder, logits: Value): Value {
  const flat = shapeOf(b, logits)?.length === 2 ? logits : b.op('Reshape', [logits, b.indices([0, -1])]);
  return b.rename(flat, names.logits);
}
