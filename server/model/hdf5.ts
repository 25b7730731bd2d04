/**
 * HDF5 files, read by the HDF Group's own library compiled to WebAssembly: damaged files can harm nothing outside its
 * memory. Sizes are checked before anything is read.
 */
import type * as h5wasm from 'h5wasm';
import type { Dataset, File as HdfFile, Group } from 'h5wasm';
import { UserError } from '../errors';
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

export function damaged(path: string, cause: unknown): UserError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new UserError(
    'model-invalid',
    `The HDF5 file is damaged or cut off: ${said.split('\n')[0]?.slice(0, 160) ?? ''}.`,
    {
      where: path,
      next: 'Copy or save the model again.',
      cause,
    },
  );
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
      return work(reader(file, library, bytes.length, path));
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

function reader(file: HdfFile, library: Library, size: number, path: string): Hdf5 {
  const entity = (at: string): Group | Dataset | undefined => {
    const found = at === '/' ? file : exists(file, library, at) ? file.get(at) : null;
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
      return tensorOf(found, at, size, path);
    },
    datasets: () => listed(file, library),
  };
}

/** Looked up step by step: asking the library for what is not there is an error of its own. */
function exists(file: HdfFile, library: Library, path: string): boolean {
  let group: Group = file;
  const parts = path.split('/').filter((name) => name !== '');
  return parts.every((part, index) => {
    if (!group.keys().includes(part)) return false;
    if (index === parts.length - 1) return true;
    const next = group.get(part);
    if (!(next instanceof library.Group)) return false;
    group = next;
    return true;
  });
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

function tensorOf(dataset: Dataset, at: string, size: number, path: string): Tensor {
  const { metadata } = dataset;
  const dims = dataset.shape ?? [];
  const bytes = sizeOf(dims) * metadata.size;
  const limit = metadata.chunks === null ? size : size * MOST_EXPANDED;
  if (!(bytes <= limit))
    throw new UserError('model-too-large', `The weight ${at} claims ${bytes} bytes, in a file of ${size}.`, {
      where: path,
      next: 'The file is damaged: copy or save the model again.',
    });
  const { value } = dataset;
  const data: unknown = typeof value === 'number' || typeof value === 'bigint' ? [value] : value;
  if (data instanceof Float32Array) return { dtype: 'float32', dims, data };
  if (
    data instanceof Float64Array ||
    data instanceof Int32Array ||
    data instanceof Uint8Array ||
    data instanceof Int8Array
  )
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
