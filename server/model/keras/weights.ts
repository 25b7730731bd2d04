/** Where the weights of layers are, in each kind of file. */
import { UserError } from '../../errors';
import type { Tensor } from '../../graph/types';
import { layerAt, layerError } from './config';
import type { LayerConfig } from './config';
import { asFloats, quantisation } from './quantised';
import { modelInside } from './topology';

/** A layer and what it wants. */
export interface WeightRequest {
  readonly layer: LayerConfig;
  /** Names of its weights, in Keras' order. */
  readonly names: readonly string[];
  /** Names of those that are not trained. */
  readonly fixed: readonly string[];
  /** Ends of the names of weights that are not wanted. */
  readonly spare?: readonly string[];
  /** Groups of a `.keras` file, below the layer's own. */
  readonly parts: readonly string[];
  /** Layers inside a layer that is a model. */
  readonly inner: readonly WeightRequest[] | null;
}

/** The weights of one model's layers. */
export interface WeightScope {
  /** As many tensors as there are names, or what there is instead. */
  layer(request: WeightRequest): readonly Tensor[];
  /** The weights of a model that is a layer of this one. */
  model(request: WeightRequest): WeightScope;
  /** A file that the layer keeps beside its weights; absent where the kind of file has none. */
  asset?(request: WeightRequest, name: string): string | undefined;
}

export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Part of a name behind the layer's own name; undefined when it is not there. */
function behind(name: string, layer: string): string | undefined {
  const parts = name.split('/');
  const own = layer.split('/');
  for (let at = parts.length - own.length - 1; at >= 0; at -= 1) {
    if (own.every((part, index) => parts[at + index] === part)) return parts.slice(at + own.length).join('/');
  }
  return undefined;
}

const plain = (name: string): string => name.replace(/:\d+$/, '');

/** Weights of a flat list (TensorFlow.js): a layer's are those with its name in theirs. */
export function namedWeights(weights: readonly NamedTensor[]): WeightScope {
  const scope: WeightScope = {
    layer: ({ layer, names, spare }) =>
      ordered(
        weights.filter(({ name }) => behind(plain(name), layer.name) !== undefined),
        names,
        spare,
      ).map(({ tensor }) => tensor),
    model: (request) => {
      const own = weights.filter(({ name }) => behind(plain(name), request.layer.name) !== undefined);
      return own.length > 0 ? listedWeights(own, request) : scope;
    },
  };
  return scope;
}

/** Keras' order where the names tell it: files may keep them in another. */
function ordered(
  all: readonly NamedTensor[],
  names: readonly string[],
  spare: readonly string[] = [],
): readonly NamedTensor[] {
  const last = (name: string): string => plain(name).split('/').at(-1) ?? name;
  const weights = all.filter(({ name }) => !spare.includes(last(name)));
  const wanted = names.map((name) => name.split('/').at(-1) ?? name);
  if (new Set(wanted).size !== wanted.length || weights.length !== names.length) return weights;
  const sorted = wanted.map((name) => weights.find((weight) => last(weight.name) === name));
  return sorted.includes(undefined) ? weights : (sorted as NamedTensor[]);
}

/** Weights of older `.h5` files: a list for each layer of the model, one list for all of a nested model. */
export function groupedWeights(groups: ReadonlyMap<string, readonly NamedTensor[]>): WeightScope {
  const of = ({ layer }: WeightRequest): readonly NamedTensor[] => groups.get(layer.name) ?? [];
  return {
    layer: (request) => ordered(of(request), request.names, request.spare).map(({ tensor }) => tensor),
    model: (request) => listedWeights(of(request), request),
  };
}

/** All leaf layers, with the path of models they are in. */
function leaves(
  request: WeightRequest,
  path: readonly string[],
): { readonly request: WeightRequest; readonly path: readonly string[] }[] {
  const own = [...path, request.layer.name];
  return request.inner === null ? [{ request, path: own }] : request.inner.flatMap((inner) => leaves(inner, own));
}

/** Distributes the list of a nested model: by the layers' names, else in order, what is not trained last. */
function listedWeights(weights: readonly NamedTensor[], model: WeightRequest): WeightScope {
  const all = (model.inner ?? [])
    .flatMap((inner) => leaves(inner, []))
    .filter(({ request }) => request.names.length > 0);
  const found = new Map<string, readonly Tensor[]>();
  const byName = all.map(({ request }) =>
    weights.filter(({ name }) => behind(plain(name), request.layer.name) !== undefined),
  );
  if (byName.every((own, index) => own.length === all[index]?.request.names.length)) {
    all.forEach(({ request, path }, index) =>
      found.set(
        path.join('\u0000'),
        ordered(byName[index] ?? [], request.names).map(({ tensor }) => tensor),
      ),
    );
  } else inOrder(weights, all, model).forEach((tensors, key) => found.set(key, tensors));
  const at = (path: readonly string[]): WeightScope => ({
    layer: ({ layer }) => found.get([...path, layer.name].join('\u0000')) ?? [],
    model: ({ layer }) => at([...path, layer.name]),
  });
  return at([]);
}

function inOrder(
  weights: readonly NamedTensor[],
  all: readonly { readonly request: WeightRequest; readonly path: readonly string[] }[],
  model: WeightRequest,
): ReadonlyMap<string, readonly Tensor[]> {
  const count = all.reduce((sum, { request }) => sum + request.names.length, 0);
  if (count !== weights.length)
    throw layerError(
      model.layer,
      `Its layers have ${count} weights, and the file holds ${weights.length} for it.`,
      'Save the model again.',
    );
  const isFixed = (request: WeightRequest, name: string): boolean =>
    request.fixed.includes(name) || request.layer.values['trainable'] === false;
  const places = all.flatMap(({ request, path }) =>
    request.names.map((name, index) => ({ key: path.join('\u0000'), index, fixed: isFixed(request, name) })),
  );
  const order = [...places.filter(({ fixed }) => !fixed), ...places.filter(({ fixed }) => fixed)];
  const found = new Map<string, Tensor[]>();
  order.forEach(({ key, index }, at) => {
    const list = found.get(key) ?? [];
    list[index] = (weights[at] as NamedTensor).tensor;
    found.set(key, list);
  });
  return found;
}

/** Group of a `.keras` file that a layer's class has: `Conv2DTranspose` → `conv2d_transpose`. */
export function groupName(className: string): string {
  // Keras exports this class by another name than its own.
  return (className === 'GroupQueryAttention' ? 'GroupedQueryAttention' : className)
    .replaceAll(/\W+/g, '')
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/**
 * Weights of `.keras` files: a group per layer, called by its class and counted.
 * @param tensors By path, `layers/dense_1/vars/0`.
 * @param layers The model's layers in order, which the counting needs.
 * @param assets Texts of the archive by path, `assets/layers/…`.
 */
export function storedWeights(
  tensors: ReadonlyMap<string, Tensor>,
  layers: readonly WeightRequest[],
  assets: ReadonlyMap<string, string> = new Map(),
): WeightScope {
  const places = new Map<string, string[]>();
  const note = (requests: readonly WeightRequest[], prefix: string): void => {
    const groups = groupsOf(requests, prefix);
    groups.forEach((group, name) => places.set(name, [...(places.get(name) ?? []), group]));
    for (const { layer, inner } of requests)
      if (inner !== null) note(inner, `${groups.get(layer.name) ?? ''}/${below(layer)}`);
  };
  note(layers, '');
  const at = (requests: readonly WeightRequest[], prefix: string): WeightScope => {
    const groups = groupsOf(requests, prefix);
    const own = (layer: LayerConfig): string => groups.get(layer.name) ?? '';
    return {
      // A layer that several models share is stored where it was met first.
      layer: ({ layer, parts, names }) =>
        [own(layer), ...(places.get(layer.name) ?? [])]
          .map((group) => parts.flatMap((part) => asFloats(layer, varsOf(tensors, group, part, names))))
          .find((list) => list.length > 0) ?? [],
      asset: ({ layer }, name) =>
        [own(layer), ...(places.get(layer.name) ?? [])]
          .map((group) => assets.get(`assets/${group}/${name}`))
          .find((text) => text !== undefined),
      model: ({ layer, inner }) => at(inner ?? [], `${own(layer)}/${below(layer)}`),
    };
  };
  return at(layers, '');
}

/** A model inside another layer has a group of its own, below that of every layer around it. */
function below(layer: LayerConfig): string {
  if (modelInside(layer) === undefined) return '';
  return `layer/${below(layerAt(layer, 'layer'))}`;
}

/** The group of each layer of one model. */
function groupsOf(requests: readonly WeightRequest[], prefix: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  const used = new Map<string, number>();
  for (const { layer } of requests) {
    const base = groupName(layer.className);
    const count = used.get(base);
    groups.set(layer.name, `${prefix}layers/${count === undefined ? base : `${base}_${count}`}`);
    used.set(base, (count ?? 0) + 1);
  }
  return groups;
}

/** Keras 2 keeps the layers inside a layer under their private names; some layers name what they keep. */
function varsOf(
  tensors: ReadonlyMap<string, Tensor>,
  group: string,
  part: string,
  names: readonly string[],
): readonly Tensor[] {
  for (const path of part === '' ? [group] : [`${group}/${part}`, `${group}/_${part}`]) {
    const found: Tensor[] = [];
    const next = (): Tensor | undefined => tensors.get(`${path}/vars/${found.length}`);
    for (let tensor = next(); tensor !== undefined; tensor = next()) found.push(tensor);
    if (found.length > 0) return found;
  }
  return names.flatMap((name) => tensors.get(`${group}/vars/${name}`) ?? []);
}

export function missingWeights(request: WeightRequest, count: number): UserError {
  const { layer, names } = request;
  const mode = quantisation(layer);
  if (mode !== undefined)
    return layerError(
      layer,
      `Its weights are quantised as ${mode}, which is not read.`,
      'Quantise it as int8 in a .keras file, or save the model before model.quantize(…).',
    );
  if ((layer.values['lora_rank'] ?? null) !== null)
    return layerError(
      layer,
      'Its weights are kept beside those of its adapter (LoRA), which are not read.',
      'Save the model as .keras, which keeps both in one.',
    );
  return new UserError(
    'model-weights',
    `The layer needs ${names.length} weight${names.length === 1 ? '' : 's'} (${names.join(', ')}), and the file holds ${count}.`,
    {
      where: `layer ${layer.name} (${layer.className})`,
      next: 'Save the whole model again, not its configuration or weights alone.',
    },
  );
}
