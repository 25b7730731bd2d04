/** Reading a graph's end: which value holds the logits. */
import { graphOf, numberOf } from '../graph/attributes';
import { GraphBuilder } from '../graph/builder';
import { isStatic, normalizeAxis } from '../graph/shapes';
import { sizeOf } from '../graph/tensor';
import { BATCH } from '../graph/types';
import type { Dim, Graph, Node, Tensor, Value, ValueType } from '../graph/types';
import type { Task } from '../protocol';
import type { Scores } from './lower';
import { isRegression } from './quantities';
import type { ModelOutput } from './types';

/** Names that outputs with class scores have, the best first. */
const preferred = [/logit/i, /prob/i, /score/i, /^output_?1?$/i, /class|label|pred/i];

/**
 * Chooses the output to explain and steps back over its final softmax or sigmoid.
 * @param task Left out: a regression where the file says that a regressor made the output.
 */
export function analyseOutput(
  graph: Graph,
  scores: ReadonlyMap<Value, Scores>,
  wanted: string | undefined,
  task?: Task,
): ModelOutput | null {
  const producers = producersOf(graph);
  const output = wanted ?? chooseOutput(graph);
  if (output === undefined) return null;
  if ((task ?? (isRegression(output, { graph, scores, producers }) ? 'regression' : undefined)) === 'regression')
    return quantitiesOf(output, graph);
  const end = stepBack(output, graph, producers, scores);
  const type = typeOf(graph, end.value) ?? typeOf(graph, output) ?? { dtype: 'float32', shape: undefined };
  const shape = type.shape ?? [];
  const last = shape.at(-1);
  const single = shape.length <= 1 || last === 1;
  return {
    logits: end.value,
    type,
    activation: end.activation,
    onlyProbabilities: end.onlyProbabilities,
    output,
    single,
    classes: single ? 2 : typeof last === 'number' ? last : null,
    labels: end.labels ?? labelsOf(graph, [output, ...end.way, end.value]),
    positions: shape.length === 3 && shape[1] !== 1,
  };
}

/** Every number of an output is a quantity, after whatever activation it has. */
function quantitiesOf(output: Value, graph: Graph): ModelOutput {
  const type = typeOf(graph, output) ?? { dtype: 'float32', shape: undefined };
  const sizes = type.shape?.slice(1);
  return {
    logits: output,
    type,
    activation: 'none',
    onlyProbabilities: false,
    output,
    single: false,
    classes: sizes === undefined || !isStatic(sizes) ? null : sizeOf(sizes),
    quantities: true,
    labels: null,
    positions: false,
  };
}

/** Logits of which not even the number of axes is known, and quantities along several, as [batch, the rest]. */
export function withKnownRank(graph: Graph, output: ModelOutput): { graph: Graph; output: ModelOutput } {
  const { shape } = output.type;
  if (output.quantities === true ? shape?.length === 2 : shape !== undefined) return { graph, output };
  const b = new GraphBuilder(graph.name, graph);
  b.scope('model_blame');
  const logits = b.op('Reshape', [output.logits, b.indices([0, -1])], {}, 'logits');
  const classes = output.quantities === true ? output.classes : null;
  const type: ValueType = { dtype: output.type.dtype, shape: [shape?.[0] ?? BATCH, classes ?? 'classes'] };
  b.declare(logits, type);
  return {
    graph: b.build([...graph.outputs, logits], { inputs: false }),
    output: { ...output, logits, type, single: false, classes, positions: false },
  };
}

export function producersOf(graph: Graph): ReadonlyMap<Value, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

export function typeOf(graph: Graph, value: Value): ValueType | undefined {
  const tensor = graph.constants.get(value);
  return graph.types.get(value) ?? (tensor && { dtype: tensor.dtype, shape: tensor.dims });
}

/** A float output with a class axis; by name where there are several. */
function chooseOutput(graph: Graph): Value | undefined {
  const floats = graph.outputs.filter((output) => typeOf(graph, output)?.dtype === 'float32');
  const rank = (output: Value): number => typeOf(graph, output)?.shape?.length ?? 2;
  const classes = floats.filter((output) => rank(output) === 2);
  const pool = classes.length > 0 ? classes : floats;
  for (const pattern of preferred) {
    const match = pool.find((output) => pattern.test(output));
    if (match !== undefined) return match;
  }
  // Keras models made for looking inside give activations beside the scores: those end in a softmax.
  const producers = producersOf(graph);
  const ends = (output: Value): boolean => stepBack(output, graph, producers, new Map()).activation === 'softmax';
  return (pool.length > 1 ? pool.find(ends) : undefined) ?? pool[0];
}

/** `way`: values with the same scores in another shape. */
type End = Omit<Scores, 'logits'> & { readonly value: Value; readonly way: readonly Value[] };

/** Operators that change nothing about which number is which class (means, sums: over axes of size 1). */
const shapeOnly = new Set([
  ...['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Cast'],
  ...['ReduceMean', 'ReduceSum', 'ReduceMax'],
]);

function stepBack(
  output: Value,
  graph: Graph,
  producers: ReadonlyMap<Value, Node>,
  scores: ReadonlyMap<Value, Scores>,
): End {
  let at = output;
  let node = producers.get(at);
  let labels: Scores['labels'] = null;
  const way: Value[] = [];
  for (; node !== undefined; node = producers.get(at)) {
    const known = scores.get(at);
    // Scores of which only the names are known may still be made of logits.
    if (known !== undefined && (known.activation !== 'none' || known.onlyProbabilities || known.logits !== at))
      return { ...known, value: known.activation === 'none' ? output : known.logits, way };
    labels ??= known?.labels ?? null;
    const activation = activationOf(node, graph, producers);
    if (activation !== undefined) return { ...activation, labels, onlyProbabilities: false, way };
    if (branchesEnd(node, at)) return { value: output, activation: 'none', labels, onlyProbabilities: true, way };
    const before = roundTrip(node, producers) ?? node.inputs[0] ?? '';
    if (before === node.inputs[0] && !shapeOnly.has(node.op) && !timesOne(node, graph)) break;
    if (node.op !== 'Identity' && !sameClasses(typeOf(graph, before), typeOf(graph, at))) break;
    at = before;
    way.push(at);
  }
  const onlyProbabilities =
    node?.op === 'DequantizeLinear' && producers.get(node.inputs[0] ?? '')?.op === 'QLinearSoftmax';
  return { value: output, activation: 'none', labels, onlyProbabilities, way };
}

/** LightGBM's exports multiply by 1 where they leave the names of the classes out. */
function timesOne(node: Node, graph: Graph): boolean {
  const by = node.op === 'Mul' ? graph.constants.get(node.inputs[1] ?? '') : undefined;
  return by !== undefined && sizeOf(by.dims) === 1 && Number(by.data[0]) === 1;
}

/** Whether both branches of an `If` that is left in the Graph end in a sigmoid or softmax: there is no logit before it. */
function branchesEnd(node: Node, output: Value): boolean {
  if (node.op !== 'If') return false;
  const place = node.outputs.indexOf(output);
  return ['then_branch', 'else_branch'].every((name) => {
    const body = graphOf(node, name);
    const end = body?.outputs[place];
    if (body === undefined || end === undefined) return false;
    const producers = producersOf(body);
    let [at, last] = [end, producers.get(end)];
    // Sizes are what the branch is about: inside it they are not known.
    for (; last !== undefined && shapeOnly.has(last.op); last = producers.get(at)) at = last.inputs[0] ?? '';
    return last?.op === 'Sigmoid' || last?.op === 'Softmax' || (last !== undefined && branchesEnd(last, at));
  });
}

/** The value before a pair of QuantizeLinear and DequantizeLinear. */
function roundTrip(node: Node, producers: ReadonlyMap<Value, Node>): Value | undefined {
  const quantize = node.op === 'DequantizeLinear' ? producers.get(node.inputs[0] ?? '') : undefined;
  return quantize?.op === 'QuantizeLinear' ? quantize.inputs[0] : undefined;
}

/** Both end in the same class axis and start with the same batch. */
function sameClasses(a: ValueType | undefined, b: ValueType | undefined): boolean {
  const [from, to] = [a?.shape, b?.shape];
  if (a?.dtype !== 'float32' || from === undefined || to === undefined) return false;
  const core = (shape: readonly Dim[]): string => shape.filter((dim) => dim !== 1).join();
  return core(from) === core(to);
}

/** The value before a softmax or sigmoid over the last axis that means classes. */
function activationOf(
  node: Node,
  graph: Graph,
  producers: ReadonlyMap<Value, Node>,
): { value: Value; activation: ModelOutput['activation'] } | undefined {
  const [x = ''] = node.inputs;
  if (node.op === 'Sigmoid') return { value: x, activation: 'sigmoid' };
  if (node.op === 'Softmax' || node.op === 'LogSoftmax') {
    const shape = typeOf(graph, x)?.shape;
    const axis = normalizeAxis(numberOf(node, 'axis', -1), shape?.length ?? 0);
    const trailing = shape?.slice(axis + 1).every((dim) => dim === 1) ?? true;
    return trailing ? { value: x, activation: 'softmax' } : undefined;
  }
  return (
    complement(node, graph, producers) ??
    spelledSoftmax(node, graph, producers) ??
    expOfDifference(node, graph, producers)
  );
}

/** exp(x − ln Σ exp(x)) over the classes: how exports of scikit-learn's naive Bayes end. */
function expOfDifference(
  node: Node,
  graph: Graph,
  producers: ReadonlyMap<Value, Node>,
): { value: Value; activation: ModelOutput['activation'] } | undefined {
  const minus = node.op === 'Exp' ? producers.get(node.inputs[0] ?? '') : undefined;
  const [x = '', sum = ''] = minus?.op === 'Sub' ? minus.inputs : [];
  const total = reduction(sum, graph, producers);
  if (total?.op !== 'ReduceLogSumExp' || total.inputs[0] !== x || !overClasses(total, graph)) return undefined;
  return { value: x, activation: 'softmax' };
}

/** [1 − p, p] with p a sigmoid of one logit: how scikit-learn's binary classifiers end. */
function complement(
  node: Node,
  graph: Graph,
  producers: ReadonlyMap<Value, Node>,
): { value: Value; activation: ModelOutput['activation'] } | undefined {
  const [rest = '', p = ''] = node.inputs;
  const [minus, sigmoid] = [producers.get(rest), producers.get(p)];
  if (node.op !== 'Concat' || node.inputs.length !== 2 || minus?.op !== 'Sub' || sigmoid?.op !== 'Sigmoid')
    return undefined;
  const whole = graph.constants.get(minus.inputs[0] ?? '');
  const isOne = whole !== undefined && sizeOf(whole.dims) === 1 && Number(whole.data[0]) === 1;
  const single = typeOf(graph, p)?.shape?.at(-1) === 1;
  return isOne && single && minus.inputs[1] === p
    ? { value: sigmoid.inputs[0] ?? '', activation: 'sigmoid' }
    : undefined;
}

/** Class names where the graph itself looks up the name of the largest score. */
function labelsOf(graph: Graph, scores: readonly Value[]): readonly string[] | null {
  for (const best of graph.nodes) {
    if (best.op !== 'ArgMax' || !scores.includes(best.inputs[0] ?? '')) continue;
    for (const lookup of graph.nodes) {
      const table = graph.constants.get(lookup.inputs[0] ?? '');
      const looksUp = lookup.op === 'Gather' || lookup.op === 'ArrayFeatureExtractor';
      if (looksUp && table !== undefined && lookup.inputs[1] === best.outputs[0] && sizeOf(table.dims) <= 100_000) {
        return Array.from(table.data as ArrayLike<unknown>, String);
      }
    }
  }
  return null;
}

/**
 * exp(x)/Σexp(x) over the classes, with or without the maximum taken off first. Exporters of JAX put the sums back into
 * shape by hand, and hold the maximum above −∞.
 */
function spelledSoftmax(
  node: Node,
  graph: Graph,
  producers: ReadonlyMap<Value, Node>,
): { value: Value; activation: ModelOutput['activation'] } | undefined {
  const [top = '', bottom = ''] = node.inputs;
  const behind = (value: Value): Node | undefined => reduction(value, graph, producers);
  const [exp, sum] = [producers.get(top), behind(bottom)];
  if (node.op !== 'Div' || exp?.op !== 'Exp' || sum?.op !== 'ReduceSum' || sum.inputs[0] !== top) return undefined;
  if (!overClasses(sum, graph)) return undefined;
  const [x = ''] = exp.inputs;
  const shift = producers.get(x);
  const most = shift?.op === 'Sub' ? behind(shift.inputs[1] ?? '') : undefined;
  const shifted = most?.op === 'ReduceMax' && most.inputs[0] === shift?.inputs[0] && overClasses(most, graph);
  return { value: shifted ? (shift?.inputs[0] ?? x) : x, activation: 'softmax' };
}

const reshaping = new Set(['Reshape', 'Expand', 'Unsqueeze', 'Identity']);

/** The node that made a value, behind what only puts it into shape or holds it above −∞. */
export function reduction(value: Value, graph: Graph, producers: ReadonlyMap<Value, Node>): Node | undefined {
  let node = producers.get(value);
  for (let steps = 0; node !== undefined && steps < 8; steps += 1) {
    const floor = neutralInput(node, graph, producers);
    if (floor === undefined && !reshaping.has(node.op)) break;
    node = producers.get(node.inputs.find((input) => input !== floor) ?? '');
  }
  return node;
}

/** An input that keeps a sum from being 0, or a maximum above −∞. */
function neutralInput(node: Node, graph: Graph, producers: ReadonlyMap<Value, Node>): Value | undefined {
  if (node.op === 'Max') return node.inputs.find((input) => isLowest(graph.constants.get(input)));
  return node.op === 'Add' ? node.inputs.find((input) => isGuard(input, producers)) : undefined;
}

/** 1 (or some number) where a sum is 0, else 0: how scikit-learn's exports keep from dividing by 0. */
export function isGuard(value: Value, producers: ReadonlyMap<Value, Node>): boolean {
  const node = producers.get(value);
  if (node?.op === 'Mul') return node.inputs.some((input) => isGuard(input, producers));
  return node?.op === 'Cast' && ['Not', 'Equal'].includes(producers.get(node.inputs[0] ?? '')?.op ?? '');
}

const isLowest = (tensor: Tensor | undefined): boolean =>
  tensor !== undefined && sizeOf(tensor.dims) === 1 && Number(tensor.data[0]) === -Infinity;

/** A reduction over the last axis alone. */
export function overClasses(node: Node, graph: Graph): boolean {
  const rank = typeOf(graph, node.inputs[0] ?? '')?.shape?.length;
  const axes = graph.constants.get(node.inputs[1] ?? '');
  return (
    rank !== undefined &&
    axes !== undefined &&
    sizeOf(axes.dims) === 1 &&
    normalizeAxis(Number(axes.data[0]), rank) === rank - 1
  );
}

/** True when the batch is the first axis of a value. */
export function startsWithBatch(type: ValueType | undefined): boolean {
  return type?.shape?.[0] === BATCH;
}
