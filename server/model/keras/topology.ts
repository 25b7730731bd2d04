/** Which layer is called with which tensors: sequential and functional models of Keras 1, 2 and 3. */
import { UserError } from '../../errors';
import { isList, isObject, layerOf } from './config';
import type { Json, JsonObject, LayerConfig } from './config';

/** A tensor of a model: output `index` of call `node` of a layer. */
export interface TensorRef {
  readonly layer: string;
  readonly node: number;
  readonly index: number;
}

export interface LayerCall {
  readonly layer: LayerConfig;
  /** Which call of the layer this is. */
  readonly node: number;
  readonly inputs: readonly TensorRef[];
  /** Arguments by name; tensors in them are refs. */
  readonly named: Readonly<Record<string, unknown>>;
}

export interface PlannedInput {
  readonly ref: TensorRef;
  /** As the file says: null for a free size, the batch in front. */
  readonly shape: readonly (number | null)[];
  readonly dtype: string;
}

export interface Plan {
  readonly inputs: readonly PlannedInput[];
  readonly calls: readonly LayerCall[];
  readonly outputs: readonly TensorRef[];
  /** All layers in the file's order, inputs too. */
  readonly layers: readonly LayerConfig[];
}

export const keyOf = ({ layer, node, index }: TensorRef): string => `${layer}\u0000${node}\u0000${index}`;

export function isRef(value: unknown): value is TensorRef {
  return typeof value === 'object' && value !== null && 'layer' in value && 'node' in value && 'index' in value;
}

/** True for layers that are models themselves. */
export function isModel(layer: LayerConfig): boolean {
  return layer.className === 'Sequential' || ['Functional', 'Model'].includes(layer.className);
}

/** The model that a layer runs for every step; undefined for other layers. */
export function modelInside({ className, values }: LayerConfig): LayerConfig | undefined {
  const inner = className === 'TimeDistributed' && isObject(values['layer']) ? layerOf(values['layer']) : undefined;
  return inner === undefined || isModel(inner) ? inner : modelInside(inner);
}

export function invalidModel(what: string): UserError {
  return new UserError('model-invalid', `Not a valid Keras model: ${what}.`, { next: 'Save the model again.' });
}

const MOST_LAYERS = 20_000;
/** Names that layers of Keras 3 give to what they are called with. */
const FIRST = ['query', 'inputs', 'sequences', 'sequence'];
/** Stands for a tensor's name where a number is given. */
export const CONSTANT = '_CONSTANT_VALUE';

export function planOf(model: LayerConfig): Plan {
  const { values } = model;
  const listed = values['layers'];
  if (!isList(listed)) throw invalidModel(`${model.name} has no list of layers`);
  if (listed.length > MOST_LAYERS) throw invalidModel(`it has ${listed.length} layers`);
  return model.className === 'Sequential' ? sequential(model, listed) : functional(model, listed);
}

function layersOf(
  model: LayerConfig,
  listed: readonly Json[],
): { readonly layer: LayerConfig; readonly json: JsonObject }[] {
  return listed.map((json, index) => {
    const layer = isObject(json) ? layerOf(json) : undefined;
    if (layer === undefined || !isObject(json))
      throw invalidModel(`layer ${index + 1} of ${model.name} is not a layer`);
    return { layer, json };
  });
}

function inputShape({ values }: LayerConfig): readonly (number | null)[] | undefined {
  const given = values['batch_shape'] ?? values['batch_input_shape'] ?? undefined;
  if (given === undefined) {
    const width = values['input_dim'];
    return typeof width === 'number' ? [null, width] : undefined;
  }
  const ok = isList(given) && given.every((dim) => dim === null || (Number.isSafeInteger(dim) && (dim as number) >= 0));
  if (!ok) throw invalidModel(`the input shape ${JSON.stringify(given).slice(0, 60)}`);
  return given as readonly (number | null)[];
}

function dtypeOf(layer: LayerConfig): string {
  const { dtype } = layer.values;
  if (isObject(dtype) && isObject(dtype['config']))
    return dtypeOf({ ...layer, values: { dtype: dtype['config']['name'] } });
  // Policies such as mixed_float16 keep float32 at the ends.
  return typeof dtype === 'string' && !dtype.startsWith('mixed') ? dtype : 'float32';
}

function sequential(model: LayerConfig, listed: readonly Json[]): Plan {
  const found = layersOf(model, listed).map(({ layer }) => layer);
  const [head, ...rest] = found;
  if (head === undefined) throw invalidModel(`${model.name} has no layers`);
  const isInput = head.className === 'InputLayer';
  const inner = isModel(head) ? planOf(head).inputs[0] : undefined;
  const build = model.values['build_input_shape'];
  const shape = inputShape(head) ?? inner?.shape ?? (isList(build) ? (build as readonly (number | null)[]) : undefined);
  if (shape === undefined)
    throw new UserError('model-invalid', `Nothing says which shape the model ${model.name} reads.`, {
      next: 'Begin it with an InputLayer, or call it once, and save it again.',
    });
  let at: TensorRef = { layer: isInput ? head.name : `${head.name}_input`, node: 0, index: 0 };
  const input: PlannedInput = { ref: at, shape, dtype: inner?.dtype ?? dtypeOf(head) };
  const calls = (isInput ? rest : found).map((layer): LayerCall => {
    const call = { layer, node: 0, inputs: [at], named: {} };
    at = { layer: layer.name, node: 0, index: 0 };
    return call;
  });
  return { inputs: [input], calls, outputs: [at], layers: found };
}

function functional(model: LayerConfig, listed: readonly Json[]): Plan {
  const found = layersOf(model, listed);
  const inputs = refsOf(model.values['input_layers']);
  const byName = new Map(found.map(({ layer }) => [layer.name, layer]));
  const calls = counted(
    found.flatMap(({ layer, json }) => callsOf(layer, json['inbound_nodes'])),
    refsOf(model.values['output_layers']),
  );
  return {
    inputs: inputs.map((ref) => {
      const layer = byName.get(ref.layer);
      const shape = layer === undefined ? undefined : inputShape(layer);
      if (layer === undefined || shape === undefined) throw invalidModel(`its input ${ref.layer} has no shape`);
      return { ref, shape, dtype: dtypeOf(layer) };
    }),
    calls,
    outputs: refsOf(model.values['output_layers']),
    layers: found.map(({ layer }) => layer),
  };
}

/**
 * Keras 2 counts the building of a model as its first call, when that model is a layer of another: calls are counted
 * on where somebody refers to more than there are.
 */
function counted(calls: readonly LayerCall[], outputs: readonly TensorRef[]): readonly LayerCall[] {
  const most = new Map<string, number>();
  for (const ref of [...calls.flatMap((call) => refsWithin([call.inputs, call.named])), ...outputs])
    most.set(ref.layer, Math.max(ref.node, most.get(ref.layer) ?? 0));
  const made = new Map<string, number>();
  for (const { layer } of calls) made.set(layer.name, (made.get(layer.name) ?? 0) + 1);
  return calls.map((call) => {
    const { name } = call.layer;
    const shift = isModel(call.layer) ? Math.max(0, (most.get(name) ?? 0) - (made.get(name) ?? 1) + 1) : 0;
    return shift === 0 ? call : { ...call, node: call.node + shift };
  });
}

/** All refs in nested arguments. */
export function refsWithin(value: unknown): TensorRef[] {
  if (isRef(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(refsWithin);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(refsWithin) : [];
}

/** `["name", 0, 0]`, a list of those, or an object of those. */
function refsOf(json: Json | undefined): TensorRef[] {
  if (isList(json)) {
    const ref = refOf(json);
    return ref === undefined ? json.flatMap(refsOf) : [ref];
  }
  return isObject(json) ? Object.values(json).flatMap(refsOf) : [];
}

function refOf(json: readonly Json[]): TensorRef | undefined {
  const [layer, node, index] = json;
  const isOne = typeof layer === 'string' && Number.isSafeInteger(node) && Number.isSafeInteger(index);
  return isOne ? { layer, node: node as number, index: index as number } : undefined;
}

function callsOf(layer: LayerConfig, nodes: Json | undefined): LayerCall[] {
  if (!isList(nodes)) return [];
  return nodes.map((json, node): LayerCall => {
    const { inputs, named } = isObject(json) && isList(json['args']) ? modernNode(json) : legacyNode(json);
    const given = isObject(json) && isList(json['args']) ? json['args'][0] : json;
    return { layer, node, inputs: inputs.length === 0 && isModel(layer) ? byNames(layer, given) : inputs, named };
  });
}

/** What a model is called with by the names of its inputs, in the order in which it lists them. */
function byNames(layer: LayerConfig, given: Json | undefined): readonly TensorRef[] {
  if (!isObject(given)) return [];
  const listed = layer.values['input_layers'];
  const names = isObject(listed) ? Object.keys(listed) : refsOf(listed).map((ref) => ref.layer);
  return names.flatMap((name) => {
    const value = given[name];
    const ref = isList(value) ? refOf(value) : isObject(value) ? historyOf(value) : undefined;
    return ref ?? [];
  });
}

/** The tensor that Keras 3 names by how it was made. */
function historyOf({ class_name: kind, config }: JsonObject): TensorRef | undefined {
  const isTensor = kind === '__keras_tensor__' && isObject(config) && isList(config['keras_history']);
  return isTensor ? refOf(config['keras_history'] as readonly Json[]) : undefined;
}

/** Keras 3: arguments as they were given, tensors with the history that names them. */
function modernNode(json: JsonObject): { inputs: TensorRef[]; named: Record<string, unknown> } {
  const convert = (value: Json | undefined): unknown => {
    if (isList(value)) return value.map(convert);
    if (!isObject(value)) return value;
    return historyOf(value) ?? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item)]));
  };
  const args = isList(json['args']) ? json['args'].map(convert) : [];
  const kwargs = isObject(json['kwargs']) ? json['kwargs'] : {};
  const named = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [key, convert(value)]));
  const inputs = args.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value])).filter(isRef);
  // Called by names alone, as in `attention(query=x, value=x)`: what comes first by place is what Keras calls so.
  const first = FIRST.map((name) => named[name]).find(isRef);
  return { inputs: inputs.length > 0 || first === undefined ? inputs : [first], named: { ...named, arguments: args } };
}

/** Keras 1 and 2: `[["layer", node, index, {name: value}], …]`. */
function legacyNode(json: Json): { inputs: TensorRef[]; named: Record<string, unknown> } {
  const entries = isList(json) ? (refOf(json) === undefined && json[0] !== CONSTANT ? json : [json]) : [];
  const isConstant = (entry: Json): boolean => isList(entry) && entry[0] === CONSTANT;
  const inputs = entries.flatMap((entry) => (isList(entry) && !isConstant(entry) ? (refOf(entry) ?? []) : []));
  const named: Record<string, unknown> = {};
  // A function called with a number in front says so instead of a tensor's name.
  for (const entry of entries) if (isList(entry) && isConstant(entry)) named[CONSTANT] = entry[2];
  const convert = (value: Json | undefined): unknown => {
    if (!isList(value)) return value;
    return refOf(value) ?? value.map(convert);
  };
  for (const entry of entries) {
    const kwargs = isList(entry) ? entry[3] : undefined;
    if (isObject(kwargs)) for (const [key, value] of Object.entries(kwargs)) named[key] = convert(value);
  }
  return { inputs, named };
}
