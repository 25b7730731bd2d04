/** Export folders of Hugging Face and Optimum, and plain `.onnx` files with their companions beside them. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { UserError } from '../errors';
import { mayBeModel, modelFormat, otherFormat, otherFormats } from './modelFile';

/** A model file and what lies beside it; absolute paths. */
export interface ModelFiles {
  readonly model: string;
  /** Variants of the same export in the same format: quantised, float16, optimised. */
  readonly variants: readonly string[];
  readonly config: string | null;
  readonly tokenizer: string | null;
  readonly preprocessor: string | null;
  /** Only when there is no `tokenizer.json`. */
  readonly vocabulary: string | null;
  /** Class names, one a line. */
  readonly labels: string | null;
}

/** `model_quantized.onnx`, `model-int8.onnx`, `model_fp16.onnx`, `model_O2.onnx`, … */
const variantName =
  /[-_.](quantized|quant|int8|uint8|q4|q4f16|q8|bnb4|fp16|float16|bf16|o[1-4]|optimized|merged)(?=[-_.])/i;

/** Reads a model file or export folder; throws a UserError when there is no model to choose. */
export function modelFiles(path: string): ModelFiles {
  return statSync(path).isDirectory() ? fromFolder(path) : fromFile(path);
}

/** True for a folder that looks like an export: a configuration or tokenizer beside (or above) its `.onnx`. */
export function isExportFolder(names: readonly string[]): boolean {
  return (
    names.includes('config.json') || names.includes('tokenizer.json') || names.includes('preprocessor_config.json')
  );
}

export function isVariant(name: string): boolean {
  return variantName.test(name);
}

function fromFolder(folder: string): ModelFiles {
  const own = onnxIn(folder);
  const exported = own.length > 0 ? own : onnxIn(join(folder, 'onnx'));
  const found = exported.length > 0 ? exported : othersIn(folder);
  const plain = found.filter((file) => !isVariant(basename(file)));
  const model =
    plain.find((file) => /^(model\.(onnx|json|keras|h5)|saved_model\.pb)$/.test(basename(file))) ??
    (plain.length === 1 ? plain[0] : undefined);
  if (model !== undefined) return withCompanions(model, found);
  if (plain.length > 1)
    throw new UserError('model-ambiguous', `The folder holds ${plain.length} models.`, {
      where: folder,
      next: `Name one of them: ${plain.map((file) => basename(file)).join(', ')}.`,
    });
  const variant = found[0];
  if (variant !== undefined) return withCompanions(variant, found);
  const other = listed(folder).find((name) => otherFormats.includes(extname(name).toLowerCase()));
  if (other !== undefined) throw otherFormat(join(folder, other));
  throw new UserError('model-not-found', 'The folder holds no model.', {
    where: folder,
    next: 'Name a model file, or export the model into this folder.',
  });
}

function fromFile(model: string): ModelFiles {
  const stem = basename(model, '.onnx');
  const isOnnx = model.toLowerCase().endsWith('.onnx');
  const siblings = (isOnnx ? onnxIn(dirname(model)) : []).filter((file) => {
    const other = basename(file, '.onnx');
    return other.startsWith(stem) && isVariant(basename(file));
  });
  return withCompanions(model, [model, ...siblings]);
}

/** Companions lie beside the model, or one folder up when the model is in `onnx/`. */
function withCompanions(model: string, all: readonly string[]): ModelFiles {
  const beside = dirname(model);
  const folders = basename(beside) === 'onnx' ? [beside, dirname(beside)] : [beside];
  const stem = basename(model, extname(model));
  const find = (...names: readonly string[]): string | null =>
    folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isFile) ?? null;
  const tokenizer = find(`${stem}.tokenizer.json`, 'tokenizer.json');
  return {
    model,
    variants: [...new Set(all)].filter((file) => file !== model).sort(),
    config: find(`${stem}.config.json`, 'config.json'),
    tokenizer,
    preprocessor: find(`${stem}.preprocessor_config.json`, 'preprocessor_config.json'),
    vocabulary:
      tokenizer === null
        ? find(`${stem}.vocabulary.txt`, `${stem}.vocab.txt`, 'vocabulary.txt', 'vocab.txt', 'vocab.json')
        : null,
    labels: find(`${stem}.labels.txt`, 'labels.txt', 'classes.txt'),
  };
}

function onnxIn(folder: string): string[] {
  return listed(folder)
    .filter((name) => name.toLowerCase().endsWith('.onnx'))
    .sort()
    .map((name) => join(folder, name));
}

/** Models of other formats that are read. */
function othersIn(folder: string): string[] {
  const found = listed(folder).filter((name) => mayBeModel(name) && !name.toLowerCase().endsWith('.onnx'));
  return found
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => isFile(path) && modelFormat(path) !== null);
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
