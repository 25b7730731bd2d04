/**
 * HDF5 files, read by the HDF Group's own library compiled to WebAssembly: damaged files can harm nothing outside its
 * memory. Sizes are checked before anything is read.
 */
import type * as h5wasm from 'h5wasm';
import type { Dataset, File as HdfFile, Group } from 'h5wasm';
import { UserError } from '../errors';
import { halfToFloat } from '../graph/onnx/elements';
import { sizeOf } from '../graph/tensor';
import type { Tensor } from '../graph/types';

export interface Hdf5 {
  /** Text of an attribute; undefined where there is none. */
  text(path: string, attribute: string): string | undefined;
  /** List of texts; Keras cuts long ones into `name0`, `name1`, …. */
  texts(path: string, attribute: string): readonly string[] | undefined;
  has(path: string): boolean;
  tensor(path: string): Tensor;
  /** Paths of all datasets below a group. */
  datasets(): readonly string[];
}

/** A model deeper or wider than this is none. */
const DEEPEST = 64;
const MOST_ENTRIES = 200_000;
/** Compressed weights: more than this many times the file is a bomb. */
const MOST_EXPANDED = 200;
/** HDF5's class of floating-point types. */
const FLOAT = 1;

export function damaged(path: string, cause: unknown): UserError {
  return new UserError(
    'model-invalid',
    `The HDF5 file is damaged or cut off: ${reasonOf(cause instanceof Error ? cause.message : String(cause))}.`,
    {
      where: path,
      next: 'Copy or save the model again.',
      cause,
    },
  );
}

/** The innermost line of the library's report, which is many lines of its own sources. */
function reasonOf(message: string): string {
  const cut = /truncated file: eof = (\d+).*stored_eof = (\d+)/.exec(message);
  if (cut !== null) {
    const [there, whole] = [cut[1], cut[2]].map((bytes) => Number(bytes).toLocaleString('en'));
    return `it ends after ${there ?? ''} of ${whole ?? ''} bytes`;
  }
  const lines = Array.from(message.matchAll(/line \d+ in \w+\(\): (.*)/g), (line) => line[1] ?? '');
  return (lines.at(-1) ?? message.split('\n')[0] ?? '').slice(0, 160);
}

/**
 * Opens a file's bytes, hands them to `work` and closes them.
 * @param path For messages.
 */
export async function withHdf5<T>(bytes: Uint8Array, path: string, work: (file: Hdf5) => T): Promise<T> {
  const library = await import('h5wasm');
  const module = await library.ready;
  module.activate_throwing_error_handler();
  const { FS } = module;
  const name = `/model-${counter()}.h5`;
  FS.writeFile(name, bytes, { canOwn: true } as never);
  try {
    let file: HdfFile;
    try {
      file = new library.File(name, 'r');
    } catch (cause) {
      throw damaged(path, cause);
    }
    try {
      return work(reader(file, library, module, bytes.length, path));
    } catch (error) {
      throw error instanceof UserError ? error : damaged(path, error);
    } finally {
      closeQuietly(file);
    }
  } finally {
    FS.unlink(name);
  }
}

let files = 0;
const counter = (): number => (files += 1);

/** A damaged file may refuse to be closed; its memory is the library's own. */
function closeQuietly(file: HdfFile): void {
  try {
    file.close();
  } catch {
    return;
  }
}

type Library = typeof h5wasm;
type Module = Awaited<Library['ready']>;

function reader(file: HdfFile, library: Library, module: Module, size: number, path: string): Hdf5 {
  const exists = lookUp(file, library);
  const entity = (at: string): Group | Dataset | undefined => {
    const found = at === '/' ? file : exists(at) ? file.get(at) : null;
    return found instanceof library.Group || found instanceof library.Dataset ? found : undefined;
  };
  const attribute = (at: string, name: string): unknown => {
    const attributes = entity(at)?.attrs ?? {};
    const found = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (found === undefined) return undefined;
    if (found.metadata.total_size * found.metadata.size > size)
      throw new Error(`attribute ${name} is larger than the file`);
    return found.value;
  };
  const texts = (at: string, name: string): readonly string[] | undefined => {
    const whole = attribute(at, name);
    if (Array.isArray(whole)) return whole.map(String);
    if (typeof whole === 'string') return [whole];
    const parts: string[] = [];
    for (let index = 0; ; index += 1) {
      const part = attribute(at, `${name}${index}`);
      if (!Array.isArray(part)) break;
      parts.push(...part.map(String));
    }
    // An empty list has no type of its own and is written as numbers.
    return parts.length > 0 ? parts : whole === undefined ? undefined : [];
  };
  return {
    text: (at, name) => texts(at, name)?.[0],
    texts,
    has: (at) => entity(at) !== undefined,
    tensor: (at) => {
      const found = entity(at);
      if (!(found instanceof library.Dataset)) throw new Error(`there is no dataset ${at}`);
      return tensorOf(found, module, at, size, path);
    },
    datasets: () => listed(file, library),
  };
}

/**
 * Looked up step by step: asking the library for what is not there is an error of its own. What a group holds is asked
 * once: a wide model has a thousand layers in one.
 */
function lookUp(file: HdfFile, library: Library): (path: string) => boolean {
  const known = new Map<string, ReadonlySet<string> | null>([['', new Set(file.keys())]]);
  const inside = (at: string): ReadonlySet<string> | null => {
    const before = known.get(at);
    if (before !== undefined) return before;
    const group = file.get(at);
    const names = group instanceof library.Group ? new Set(group.keys()) : null;
    known.set(at, names);
    return names;
  };
  return (path) => {
    const parts = path.split('/').filter((name) => name !== '');
    return parts.every((part, index) => {
      const above = parts.slice(0, index).map((name) => `/${name}`);
      return inside(above.join(''))?.has(part) === true;
    });
  };
}

function listed(file: HdfFile, library: Library): readonly string[] {
  const found: string[] = [];
  let seen = 0;
  const visit = (group: Group, at: string, depth: number): void => {
    if (depth > DEEPEST) throw new Error('its groups are nested without end');
    for (const name of group.keys()) {
      seen += 1;
      if (seen > MOST_ENTRIES) throw new Error('it has too many entries');
      const entity = group.get(name);
      if (entity instanceof library.Group) visit(entity, `${at}${name}/`, depth + 1);
      else if (entity instanceof library.Dataset) found.push(`${at}${name}`);
    }
  };
  visit(file, '', 0);
  return found;
}

/** 16-bit floats, which the library reads but does not convert. */
function halves(dataset: Dataset, module: Module, bytes: number): Float32Array {
  const place = module._malloc(bytes);
  try {
    module.get_dataset_data(dataset.file_id, dataset.path, null, null, null, BigInt(place));
    return halfToFloat(new Uint16Array(module.HEAPU8.slice(place, place + bytes).buffer));
  } finally {
    module._free(place);
  }
}

function tensorOf(dataset: Dataset, module: Module, at: string, size: number, path: string): Tensor {
  const { metadata } = dataset;
  const dims = dataset.shape ?? [];
  const bytes = sizeOf(dims) * metadata.size;
  const limit = metadata.chunks === null ? size : size * MOST_EXPANDED;
  if (!(bytes <= limit))
    throw new UserError('model-too-large', `The weight ${at} claims ${bytes} bytes, in a file of ${size}.`, {
      where: path,
      next: 'The file is damaged: copy or save the model again.',
    });
  if (metadata.type === FLOAT && metadata.size === 2 && metadata.littleEndian)
    return { dtype: 'float32', dims, data: halves(dataset, module, bytes) };
  const { value } = dataset;
  const data: unknown = typeof value === 'number' || typeof value === 'bigint' ? [value] : value;
  if (data instanceof Float32Array) return { dtype: 'float32', dims, data };
  // Quantised weights, which belong with their scales.
  if (data instanceof Int8Array) return { dtype: 'int8', dims, data };
  if (data instanceof Float64Array || data instanceof Int32Array || data instanceof Uint8Array)
    return { dtype: 'float32', dims, data: Float32Array.from(data as ArrayLike<number>) };
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return { dtype: 'float32', dims, data: Float32Array.from(data, Number) };
  if (Array.isArray(data) && data.every((item) => typeof item === 'number' || typeof item === 'bigint'))
    return { dtype: 'float32', dims, data: Float32Array.from(data, Number) };
  throw new UserError('model-weights', `The weight ${at} is of a type that is not read.`, {
    where: path,
    next: 'Save the model with float32 weights.',
  });
}
