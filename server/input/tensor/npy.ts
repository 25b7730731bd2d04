/** NumPy's `.npy` files: versions 1 to 3, C and Fortran order, both byte orders. Pickled objects are refused. */
import { UserError } from '../../errors';
import { bytesPerElement, fromBytes, sizeOf } from '../../graph/tensor';
import type { DType, Tensor } from '../../graph/types';

const types: Readonly<Record<string, Exclude<DType, 'string'>>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/** Longest header that is read, bytes; NumPy writes a few hundred. */
const LONGEST_HEADER = 65_536;

/**
 * @param name For messages.
 * @throws UserError `not-npy`, `npy-type`, `npy-truncated`.
 */
export function readNpy(bytes: Uint8Array, name: string): Tensor {
  const header = headerOf(bytes, name);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header.text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header.text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header.text)?.[1];
  if (descr === undefined)
    throw new UserError('npy-type', `${name} holds records, not one array of numbers`, {
      where: name,
      next: 'save one column as float32: numpy.save(path, array.astype("float32"))',
    });
  if (fortran === undefined || shape === undefined) throw notNpy(name, 'its header cannot be read');
  const dims = shape
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  const dtype = typeOf(descr, name);
  const size = sizeOf(dims);
  const need = size * bytesPerElement(dtype);
  const body = bytes.subarray(header.end);
  if (!Number.isSafeInteger(size) || body.length < need)
    throw new UserError('npy-truncated', `${name} ends after ${body.length} of ${need} bytes`, {
      where: `${name}: ${descr} (${dims.join(', ')})`,
      next: 'save it again',
    });
  const little = descr.startsWith('>') ? swapped(body.subarray(0, need), bytesPerElement(dtype)) : body.slice(0, need);
  const data = fromBytes(dtype, little);
  return { dtype, dims, data: fortran === 'True' ? rowMajor(data, dims) : data };
}

/** Version 1.0, C order, little endian. @throws UserError for strings. */
export function writeNpy(tensor: Tensor): Uint8Array {
  const code = Object.entries(types).find(([, dtype]) => dtype === tensor.dtype)?.[0];
  if (code === undefined || Array.isArray(tensor.data))
    throw new UserError('npy-type', 'strings cannot be written as .npy');
  const order = tensor.dtype === 'bool' || code.endsWith('1') ? '|' : '<';
  const shape = tensor.dims.length === 1 ? `(${tensor.dims[0] ?? 0},)` : `(${tensor.dims.join(', ')})`;
  const header = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': ${shape}, }`;
  // The data begins at a multiple of 64 bytes; the header ends with a line end.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const { data } = tensor;
  const bytes = new Uint8Array(10 + length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  bytes.set(Buffer.from(`${header.padEnd(length - 1)}\n`, 'latin1'), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return bytes;
}

function headerOf(bytes: Uint8Array, name: string): { readonly text: string; readonly end: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (!magic.every((byte, index) => bytes[index] === byte)) throw notNpy(name, 'it does not begin with \\x93NUMPY');
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw notNpy(name, `version ${version} is not known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw notNpy(name, 'its header is cut off');
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const end = start + length;
  if (length > LONGEST_HEADER || end > bytes.length) throw notNpy(name, 'its header is cut off');
  return { text: Buffer.from(bytes.subarray(start, end)).toString(version === 3 ? 'utf8' : 'latin1'), end };
}

function typeOf(descr: string, name: string): Exclude<DType, 'string'> {
  const dtype = types[descr.replace(/^[<>|=]/, '')];
  if (dtype !== undefined) return dtype;
  throw new UserError(
    'npy-type',
    `${name} holds ${descr.includes('O') ? 'Python objects' : `values of type ${descr}`}`,
    {
      where: name,
      next: 'save numbers: numpy.save(path, array.astype("float32"))',
    },
  );
}

function notNpy(name: string, where: string): UserError {
  return new UserError('not-npy', `${name} is not a .npy file`, { where, next: 'write it with numpy.save' });
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const copy = bytes.slice();
  for (let at = 0; at < copy.length; at += width) copy.subarray(at, at + width).reverse();
  return copy;
}

/** Fortran order: the first axis moves fastest. */
function rowMajor(data: ReturnType<typeof fromBytes>, dims: readonly number[]): ReturnType<typeof fromBytes> {
  if (dims.length < 2) return data;
  const source = data as Float64Array;
  const target = data.slice() as Float64Array;
  const index = dims.map(() => 0);
  const strides = dims.map((_, axis) => sizeOf(dims.slice(0, axis)));
  for (let at = 0; at < target.length; at++) {
    target[at] = source[index.reduce((sum, place, axis) => sum + place * (strides[axis] as number), 0)] as number;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (dims[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return target as ReturnType<typeof fromBytes>;
}
