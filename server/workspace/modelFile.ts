/** Is this a model we can read? Says how to export the others. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { UserError } from '../errors';

const exportPytorch =
  'Export it: torch.onnx.export(model, example, "model.onnx", dynamo=True), or for Hugging Face models: optimum-cli export onnx --model FOLDER OUT.';
const exportKeras = 'Export it: python -m tf2onnx.convert --keras model.keras --output model.onnx.';

/** How models of other formats become ONNX, by file extension. */
const exportHints: Readonly<Record<string, string>> = {
  '.pt': exportPytorch,
  '.pth': exportPytorch,
  '.bin': exportPytorch,
  '.ckpt': exportPytorch,
  '.safetensors': exportPytorch,
  '.h5': exportKeras,
  '.keras': exportKeras,
  '.pb': 'Export it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx.',
  '.tflite': 'Export it: python -m tf2onnx.convert --tflite model.tflite --output model.onnx.',
  '.pkl': 'Export it with skl2onnx: to_onnx(model, X[:1], options={"zipmap": False}).',
  '.joblib': 'Export it with skl2onnx: to_onnx(model, X[:1], options={"zipmap": False}).',
};

/** Formats of weights that are recognised only to say how to export them. */
export const otherFormats: readonly string[] = Object.keys(exportHints);

/** The error for a file or folder that holds no ONNX model but a model of another format. */
export function otherFormat(path: string): UserError {
  const extension = extname(path).toLowerCase();
  return new UserError('model-format', `Models are read from .onnx files, and this is ${extension}.`, {
    where: path,
    next: exportHints[extension] ?? 'Export it to ONNX.',
  });
}

/** Throws a UserError for a path that cannot be an ONNX model: other formats, Git LFS pointers, empty files. */
export function checkModelFile(path: string): void {
  const extension = extname(path).toLowerCase();
  if (extension in exportHints) throw otherFormat(path);
  if (extension !== '.onnx')
    throw new UserError(
      'model-format',
      `Models are read from .onnx files, and this is ${extension || 'no .onnx file'}.`,
      {
        where: path,
        next: 'Name an .onnx file or an export folder.',
      },
    );
  const { size } = statSync(path);
  if (size === 0)
    throw new UserError('model-empty', 'The model file is empty.', { where: path, next: 'Export it again.' });
  if (size < 1024 && isLfsPointer(path))
    throw new UserError('model-lfs-pointer', 'This is a Git LFS pointer, not the model itself.', {
      where: path,
      next: `Fetch it: git lfs pull --include "${basename(path)}".`,
    });
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
