/** Is this a model we can read? Says how to export the others. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { UserError } from '../errors';

const exportPytorch =
  'Export it: torch.onnx.export(model, example, "model.onnx", dynamo=True), or for Hugging Face models: optimum-cli export onnx --model FOLDER OUT.';

/** How models of other formats become ONNX, by file extension. */
const exportHints: Readonly<Record<string, string>> = {
  '.pt': exportPytorch,
  '.pth': exportPytorch,
  '.bin': exportPytorch,
  '.ckpt': exportPytorch,
  '.safetensors': exportPytorch,
  '.pb': 'Export it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx.',
  '.tflite': 'Export it: python -m tf2onnx.convert --tflite model.tflite --output model.onnx.',
  '.pkl': 'Export it with skl2onnx: to_onnx(model, X[:1], options={"zipmap": False}).',
  '.joblib': 'Export it with skl2onnx: to_onnx(model, X[:1], options={"zipmap": False}).',
};

/** Formats of weights that are recognised only to say how to export them. */
export const otherFormats: readonly string[] = Object.keys(exportHints);

/** Formats that are read. */
export type ModelFormat = 'onnx' | 'tfjs' | 'keras' | 'keras-h5' | 'saved-model';

const READABLE = 'Models are read from .onnx, .keras and .h5 files, TensorFlow.js model.json and SavedModel folders';

/** The error for a file or folder that holds no model we read but a model of another format. */
export function otherFormat(path: string): UserError {
  const extension = extname(path).toLowerCase();
  return new UserError('model-format', `${READABLE}, and this is ${extension}.`, {
    where: path,
    next: exportHints[extension] ?? 'Export it to ONNX.',
  });
}

/** Format of a model file by its name; for names that many things have, also by a look inside. Null for no model. */
export function modelFormat(path: string): ModelFormat | null {
  const name = basename(path).toLowerCase();
  switch (extname(name)) {
    case '.onnx':
      return 'onnx';
    case '.keras':
      return 'keras';
    case '.h5':
    case '.hdf5':
      // Data sets are HDF5, too. Keras writes the configuration first; files of weights alone have none.
      return contains(path, ['model_config']) ? 'keras-h5' : null;
    case '.json':
      return contains(path, ['"weightsManifest"', '"modelTopology"']) ? 'tfjs' : null;
    case '.pb':
      return name === 'saved_model.pb' ? 'saved-model' : null;
    default:
      return null;
  }
}

/** Names that are worth a look by `modelFormat`. */
export function mayBeModel(name: string): boolean {
  return /\.(onnx|keras|h5|hdf5)$|model[^/]*\.json$|^saved_model\.pb$/i.test(name) && !/\.weights\.h5$/i.test(name);
}

/** What a model is called without its extension: that of its folder where all models are called alike. */
export function modelStem(path: string): string {
  const stem = basename(path).replace(/\.(onnx|keras|h5|hdf5|json|pb)$/i, '');
  if (!/^(saved_)?model([-_.]|$)/i.test(stem) || modelFormat(path) === null) return stem;
  const folder = dirname(path);
  return basename(basename(folder) === 'onnx' ? join(folder, '..') : folder) || stem;
}

/** Throws a UserError for a path that cannot be a model: other formats, Git LFS pointers, empty files. */
export function checkModelFile(path: string): void {
  const extension = extname(path).toLowerCase();
  if (extension in exportHints && modelFormat(path) === null) throw otherFormat(path);
  const { size } = statSync(path);
  if (size === 0)
    throw new UserError('model-empty', 'The model file is empty.', { where: path, next: 'Export it again.' });
  if (size < 1024 && isLfsPointer(path))
    throw new UserError('model-lfs-pointer', 'This is a Git LFS pointer, not the model itself.', {
      where: path,
      next: `Fetch it: git lfs pull --include "${basename(path)}".`,
    });
  // What is wrong with a file of these kinds is said by whoever reads it.
  if (['.h5', '.hdf5', '.keras', '.onnx'].includes(extension)) return;
  if (modelFormat(path) === null)
    throw new UserError('model-format', `${READABLE}, and this is ${extension === '' ? 'none of them' : extension}.`, {
      where: path,
      next: 'Name a model file or an export folder.',
    });
}

const LOOKED_AT = 1 << 20;

/** One of the words within the first or last MiB; false for a file that cannot be read. */
function contains(path: string, words: readonly string[]): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, LOOKED_AT));
    return [0, size - bytes.length].some((from) => {
      readSync(file, bytes, 0, bytes.length, from);
      return words.some((word) => bytes.includes(word, 0, 'latin1'));
    });
  } finally {
    closeSync(file);
  }
}

function isLfsPointer(path: string): boolean {
  const head = Buffer.alloc(64);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head.toString('latin1').startsWith('version https://git-lfs.github.com/spec/');
}
