/** Reading the JSON in which Keras describes models: every access checks what it finds. */
import { UserError } from '../../errors';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
export type JsonObject = Readonly<Record<string, Json | undefined>>;

/** A layer as the file describes it. */
export interface LayerConfig {
  readonly className: string;
  readonly name: string;
  readonly values: JsonObject;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

export function layerError(layer: LayerConfig, what: string, next?: string): UserError {
  return new UserError('model-layer', what, {
    where: `layer ${layer.name} (${layer.className})`,
    ...(next === undefined ? { next: 'Convert the model to ONNX with tf2onnx, or leave this layer out.' } : { next }),
  });
}

function wrong(layer: LayerConfig, key: string): UserError {
  const written = JSON.stringify(layer.values[key]) as string | undefined;
  return layerError(
    layer,
    `Its configuration says "${key}": ${written === undefined ? 'nothing' : written.slice(0, 80)}, which means nothing here.`,
    'Save the model again.',
  );
}

export function numberAt(layer: LayerConfig, key: string, fallback?: number): number {
  const value = layer.values[key];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if ((value === undefined || value === null) && fallback !== undefined) return fallback;
  throw wrong(layer, key);
}

/** A size: a whole number from `least` on. */
export function sizeAt(layer: LayerConfig, key: string, fallback?: number, least = 1): number {
  const value = fallback === undefined ? numberAt(layer, key) : numberAt(layer, key, fallback);
  if (!Number.isSafeInteger(value) || value < least || value > 2 ** 31) throw wrong(layer, key);
  return value;
}

export function flagAt(layer: LayerConfig, key: string, fallback: boolean): boolean {
  const value = layer.values[key];
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'boolean') return value;
  throw wrong(layer, key);
}

export function textAt(layer: LayerConfig, key: string, fallback: string): string {
  const value = layer.values[key];
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'string') return value;
  throw wrong(layer, key);
}

/** `count` whole numbers from `least` on; one number stands for all. */
export function sizesAt(
  layer: LayerConfig,
  key: string,
  count: number,
  fallback: number,
  least = 1,
): readonly number[] {
  const value = layer.values[key];
  const list =
    value === undefined || value === null
      ? new Array<number>(count).fill(fallback)
      : typeof value === 'number'
        ? new Array<number>(count).fill(value)
        : isList(value)
          ? value
          : [];
  const ok =
    list.length === count &&
    list.every((item) => Number.isSafeInteger(item) && (item as number) >= least && (item as number) < 1e6);
  if (!ok) throw wrong(layer, key);
  return list as readonly number[];
}

/** Axes or sizes, as many as there are. */
export function listAt(layer: LayerConfig, key: string): readonly number[] {
  const value = layer.values[key];
  const list = typeof value === 'number' ? [value] : value;
  if (isList(list) && list.every((item) => Number.isSafeInteger(item))) return list as readonly number[];
  throw wrong(layer, key);
}

/** Pairs [before, after] per axis: `1`, `[1, 2]`, `[[1, 2], [3, 4]]`. */
export function pairsAt(layer: LayerConfig, key: string, axes: number): readonly (readonly [number, number])[] {
  const value = layer.values[key];
  if (typeof value === 'number') return Array.from({ length: axes }, () => [value, value] as const);
  if (!isList(value)) throw wrong(layer, key);
  const items = axes === 1 && value.length === 2 && value.every((item) => typeof item === 'number') ? [value] : value;
  const pairs = items.map((item) => (typeof item === 'number' ? [item, item] : item));
  const ok =
    pairs.length === axes &&
    pairs.every(
      (pair) => isList(pair) && pair.length === 2 && pair.every((n) => Number.isSafeInteger(n) && (n as number) >= 0),
    );
  if (!ok) throw wrong(layer, key);
  return pairs as unknown as readonly (readonly [number, number])[];
}

/** The layer that a wrapper holds under a key. */
export function layerAt(layer: LayerConfig, key: string): LayerConfig {
  const inner = layer.values[key];
  const found = isObject(inner) ? layerOf(inner) : undefined;
  if (found === undefined) throw wrong(layer, key);
  return found;
}

/** `{ class_name, config: { name, … } }` as a layer; undefined for anything else. */
export function layerOf(json: JsonObject): LayerConfig | undefined {
  const { class_name: className, config, name, registered_name: registered, module } = json;
  if (typeof className !== 'string' || !isObject(config)) return undefined;
  const own = typeof config['name'] === 'string' ? config['name'] : typeof name === 'string' ? name : className;
  const from = typeof module === 'string' ? module : '';
  // Keras 3 names the module of everything: its own functions are layers, too; what is registered elsewhere is custom.
  const isOperation = /^keras(\.src)?\.ops\b/.test(from);
  const foreign =
    typeof registered === 'string' && registered !== '' && from !== '' && !/^(tf_)?keras(\.|$)|tensorflow/.test(from);
  return { className: foreign ? registered : isOperation ? `ops.${className}` : className, name: own, values: config };
}
