/** The table of importers: which kind of file is read by whom. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { OnnxFile } from '../graph/onnx/read';
import { fileSource } from '../graph/onnx/bytes';
import { readOnnx } from '../graph/onnx/read';
import type { Value } from '../graph/types';
import { withTextIds } from './text/front';
import type { TextVectorization } from './types';

/** What a reader hands on: a Graph in some version of the operators, and what the files say beside it. */
export interface SourceFile extends OnnxFile {
  /** Files it was read from, where the weights' origins do not tell. */
  readonly files?: readonly string[];
  readonly notes?: readonly string[];
  readonly texts?: readonly TextVectorization[];
  /** By input: the value that carries the relevance of its words, one number a token, where no embedding does. */
  readonly shares?: ReadonlyMap<Value, Value>;
}

export interface Format {
  readonly id: 'onnx' | 'tfjs' | 'keras-h5' | 'keras' | 'saved-model';
  /** Name for people. */
  readonly name: string;
  /** @param head First bytes of the file, as latin1. */
  recognises(path: string, head: string): boolean;
  read(path: string): SourceFile | Promise<SourceFile>;
}

const extension = (path: string): string => extname(path).toLowerCase();

/** Tried in order; ONNX is what is left. */
export const formats: readonly Format[] = [
  {
    id: 'tfjs',
    name: 'TensorFlow.js',
    recognises: (path, head) => extension(path) === '.json' && /^\s*\{/.test(head),
    read: async (path) => (await import('./tfjs/read')).readTfjs(path),
  },
  {
    id: 'saved-model',
    name: 'SavedModel',
    recognises: (path) => basename(path) === 'saved_model.pb',
    read: async (path) => (await import('./savedmodel/read')).readSavedModel(path),
  },
  {
    id: 'keras',
    name: 'Keras',
    recognises: (path) => extension(path) === '.keras',
    read: async (path) => (await import('./keras/read-keras')).readKerasZip(path),
  },
  {
    id: 'keras-h5',
    name: 'Keras (HDF5)',
    recognises: (path, head) => ['.h5', '.hdf5'].includes(extension(path)) || head.startsWith('\x89HDF'),
    read: async (path) => (await import('./keras/read-h5')).readKerasH5(path),
  },
  {
    id: 'onnx',
    name: 'ONNX',
    recognises: () => true,
    read: (path) => withTextIds(readOnnxFile(path)),
  },
];

/** Weights stay on disk. */
export function readOnnxFile(path: string): OnnxFile {
  const source = fileSource(path);
  try {
    return readOnnx(source);
  } finally {
    source.close();
  }
}

/** The format of a file that is there. */
export function formatOf(path: string): Format {
  const head = headOf(path);
  return formats.find((format) => format.recognises(path, head)) ?? (formats.at(-1) as Format);
}

export function headOf(path: string, count = 200): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return '';
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(count);
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, count, 0));
  } finally {
    closeSync(file);
  }
}

/** `model.json` of TensorFlow.js rather than any other JSON. */
export function isTfjsName(path: string): boolean {
  return /(^|[-_.])model\.json$/i.test(basename(path));
}
