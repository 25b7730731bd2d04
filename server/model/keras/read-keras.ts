/** `.keras` files: a ZIP archive of configuration, metadata, weights and assets. */
import { readFileSync } from 'node:fs';
import { UserError } from '../../errors';
import type { Tensor } from '../../graph/types';
import type { SourceFile } from '../formats';
import { withHdf5 } from '../hdf5';
import { unzipped } from '../zip';
import { buildKeras, requestOf } from './build';
import { modelOf } from './model-config';
import { ROUNDED } from './quantised';
import { parsed } from './read-h5';
import { planOf } from './topology';
import { storedWeights } from './weights';

const decoder = new TextDecoder();

/** @throws UserError about the file, or naming the layer that cannot be read. */
export async function readKerasZip(path: string): Promise<SourceFile> {
  const files = unzipped(readFileSync(path), path, (name) =>
    /^(config\.json|metadata\.json|model\.weights\.h5|assets\/.*vocabulary\.txt)$/.test(name),
  );
  const config = files.get('config.json');
  const weights = files.get('model.weights.h5');
  if (config === undefined || weights === undefined)
    throw new UserError(
      'model-invalid',
      `The archive has no ${config === undefined ? 'config.json' : 'model.weights.h5'}.`,
      {
        where: path,
        next: 'Save the whole model: model.save("model.keras").',
      },
    );
  const model = modelOf(parsed(decoder.decode(config), path));
  if (model === undefined)
    throw new UserError('model-invalid', 'The configuration in the archive describes no Keras model.', {
      where: path,
      next: 'Save the model again.',
    });
  const metadata = files.get('metadata.json');
  const version = metadata === undefined ? undefined : parsed(decoder.decode(metadata), path)['keras_version'];
  const modern = typeof version !== 'string' || version.startsWith('3.');
  const tensors = await withHdf5(
    weights,
    path,
    (file): ReadonlyMap<string, Tensor> =>
      new Map(
        file
          .datasets()
          .filter((name) => !name.startsWith('optimizer/'))
          .map((name) => [name, file.tensor(`/${name}`)]),
      ),
  );
  const assets = new Map(
    [...files].filter(([name]) => name.startsWith('assets/')).map(([name, bytes]) => [name, decoder.decode(bytes)]),
  );
  const scope = storedWeights(tensors, planOf(model).layers.map(requestOf), assets);
  const built = buildKeras({ model, weights: scope, modern });
  const isRounded = [...tensors.values()].some(({ dtype }) => dtype === 'int8');
  return { ...built, notes: [...built.notes, ...(isRounded ? [ROUNDED] : [])], files: [path] };
}
