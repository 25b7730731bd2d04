/** Is this file a model we can load? Everything that can be said before parsing it. */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { UserError } from '../errors';
import { formatOf, headOf, isTfjsName } from './formats';

/** What to do with files of other frameworks, by extension. */
const exporters: Readonly<Record<string, string>> = {
  '.pt': 'torch.onnx.export(model, example, "model.onnx", dynamo=True)',
  '.pth': 'load it into its PyTorch model, then torch.onnx.export(model, example, "model.onnx", dynamo=True)',
  '.bin': 'pip install "optimum[onnx]" and optimum-cli export onnx --model FOLDER OUT',
  '.safetensors': 'pip install "optimum[onnx]" and optimum-cli export onnx --model FOLDER OUT',
  '.h5': 'pip install tf2onnx and python -m tf2onnx.convert --keras FILE --output model.onnx',
  '.keras': 'model.export("model.onnx", format="onnx") in Keras 3',
  '.pb': 'pip install tf2onnx and python -m tf2onnx.convert --saved-model FOLDER --output model.onnx',
  '.tflite': 'pip install tf2onnx and python -m tf2onnx.convert --tflite FILE --output model.onnx',
  '.pkl': 'skl2onnx.to_onnx(model, X[:1]) and save its SerializeToString()',
  '.joblib': 'skl2onnx.to_onnx(model, X[:1]) and save its SerializeToString()',
  '.ort': 'use the .onnx file that it was made from',
  '.gguf': 'use the original weights with optimum-cli export onnx',
};

/**
 * Looks at a model file's name, size and first bytes; throws a `UserError` for anything that cannot be an ONNX
 * model, with the way to one.
 */
export function inspectFile(path: string): { readonly bytes: number } {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) {
    throw new UserError('model-not-found', 'There is no model at this path.', {
      where: path,
      next: 'Check the path in model-blame.json.',
    });
  }
  if (status.isDirectory()) {
    throw new UserError('model-not-found', 'This is a folder, not a model file.', {
      where: path,
      next: `Name the ${modelIn(path) ?? 'model file'} in it.`,
    });
  }
  if (status.size === 0) {
    throw new UserError('model-empty', 'The model file is empty.', {
      where: path,
      next: 'Download or export it again.',
    });
  }
  const head = headOf(path);
  if (head.startsWith('version https://git-lfs')) {
    throw new UserError('model-lfs-pointer', 'This file is a Git LFS pointer, not the model.', {
      where: path,
      next: 'Run git lfs pull in its repository.',
    });
  }
  if (formatOf(path).id !== 'onnx') return { bytes: status.size };
  const foreign = foreignFormat(path, head);
  if (foreign !== undefined) {
    throw new UserError('model-format', `${basename(path)} is ${foreign.what}, not ONNX.`, {
      where: path,
      next: `Export it: ${foreign.how}.`,
    });
  }
  return { bytes: status.size };
}

function foreignFormat(path: string, head: string): { what: string; how: string } | undefined {
  const extension = extname(path).toLowerCase();
  const how = exporters[extension];
  if (how !== undefined) return { what: `a ${extension} file`, how };
  const by = (kind: string, type: string): { what: string; how: string } => ({
    what: type,
    how: exporters[kind] ?? '',
  });
  if (head.startsWith('PK')) return by('.pt', 'a ZIP archive (PyTorch or Keras)');
  if (head.startsWith('\x89HDF')) return by('.h5', 'an HDF5 file (Keras)');
  if (head.startsWith('GGUF')) return by('.gguf', 'a GGUF file');
  if (head.startsWith('\x80\x02') || head.startsWith('\x80\x04')) return by('.pkl', 'a Python pickle');
  if (head.slice(4, 8) === 'TFL3') return by('.tflite', 'a TensorFlow Lite file');
  if (head.slice(4, 8) === 'ORTM') return by('.ort', 'an ORT-format model');
  if (/^.{8}\{"/s.test(head)) return by('.safetensors', 'a safetensors file');
  if (/^\s*(<|\{)/.test(head)) return { what: 'a text file', how: 'look at what was downloaded; it is not a model' };
  return undefined;
}

/** The file of a folder that is its model, by its name: what frameworks call theirs, else the first with an ending. */
function modelIn(folder: string): string | undefined {
  const names = readdirSync(folder).sort();
  return (
    names.find((name) => name === 'saved_model.pb' || isTfjsName(name)) ??
    names.find((name) => ['.onnx', '.keras', '.h5', '.hdf5'].includes(extname(name).toLowerCase()))
  );
}

/** Refuses a model that cannot fit: a session holds one copy of the weights, gradients need about one more. */
export function checkMemory(path: string, bytes: number, limit: number | undefined): void {
  if (limit === undefined || bytes <= limit) return;
  const mebibytes = (count: number): string => `${Math.ceil(count / 2 ** 20)} MiB`;
  throw new UserError(
    'model-too-large',
    `The model needs about ${mebibytes(bytes)}, more than the limit of ${mebibytes(limit)}.`,
    {
      where: path,
      next: 'Raise the memory limit in the settings, or use a smaller or quantised model.',
    },
  );
}
