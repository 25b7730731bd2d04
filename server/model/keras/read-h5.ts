/** Keras models in one HDF5 file, as Keras 1 to 3 write them: configuration and weights. */
import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../../errors';
import type { SourceFile } from '../formats';
import { withHdf5 } from '../hdf5';
import type { Hdf5 } from '../hdf5';
import { buildKeras } from './build';
import { isObject } from './config';
import type { JsonObject } from './config';
import { modelOf } from './model-config';
import { groupedWeights } from './weights';
import type { NamedTensor } from './weights';

/** The library keeps a file in memory, which ends at 2 GiB. */
const LARGEST = 2 ** 31 - 2 ** 20;

/** @throws UserError about the file, or naming the layer that cannot be read. */
export async function readKerasH5(path: string): Promise<SourceFile> {
  if (statSync(path).size > LARGEST)
    throw new UserError('model-too-large', 'The HDF5 file is larger than 2 GiB.', {
      where: path,
      next: 'Convert the model to ONNX: python -m tf2onnx.convert --keras FILE --output model.onnx.',
    });
  return withHdf5(readFileSync(path), path, (file) => ({ ...build(file, path), files: [path] }));
}

function build(file: Hdf5, path: string): SourceFile {
  const text = file.text('/', 'model_config');
  if (text === undefined)
    throw new UserError('model-weights', 'The file holds weights without the model they belong to.', {
      where: path,
      next: 'Save the whole model: model.save("model.keras").',
    });
  const model = modelOf(parsed(text, path));
  if (model === undefined)
    throw new UserError('model-invalid', 'The configuration in the file describes no Keras model.', {
      where: path,
      next: 'Save the model again.',
    });
  const modern = file.text('/', 'keras_version')?.startsWith('3.') === true;
  const root = file.has('/model_weights') ? '/model_weights' : '/';
  return buildKeras({ model, weights: groupedWeights(groupsOf(file, root)), modern });
}

export function parsed(text: string, path: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('model-invalid', 'The model configuration in the file is not valid JSON.', {
      where: path,
      next: 'Save the model again.',
      cause,
    });
  }
  if (isObject(value)) return value;
  throw new UserError('model-invalid', 'The model configuration in the file is no object.', {
    where: path,
    next: 'Save the model again.',
  });
}

function groupsOf(file: Hdf5, root: string): ReadonlyMap<string, readonly NamedTensor[]> {
  const at = (name: string): string => (root === '/' ? `/${name}` : `${root}/${name}`);
  const groups = new Map<string, readonly NamedTensor[]>();
  for (const layer of file.texts(root, 'layer_names') ?? []) {
    const names = file.texts(at(layer), 'weight_names') ?? [];
    groups.set(
      layer,
      names.map((name) => ({ name, tensor: file.tensor(`${at(layer)}/${name}`) })),
    );
  }
  return groups;
}
