/** TensorFlow.js models: `model.json` and its shards. */
import { readFileSync } from 'node:fs';
import { UserError } from '../../errors';
import { buildKeras } from '../keras/build';
import { isList, isObject } from '../keras/config';
import type { JsonObject } from '../keras/config';
import { modelOf } from '../keras/model-config';
import { namedWeights } from '../keras/weights';
import type { SourceFile } from '../formats';
import { buildGraphModel } from './graph';
import { readManifest, shardsOf } from './manifest';

/** @throws UserError about the file, its shards or a layer. */
export function readTfjs(path: string): SourceFile {
  const json = parse(path);
  const topology = json['modelTopology'];
  const files = [path, ...shardsOf(json['weightsManifest'], path)];
  const format = json['format'] ?? (isObject(topology) && isList(topology['node']) ? 'graph-model' : 'layers-model');
  if (!isObject(topology))
    throw new UserError('model-invalid', 'The model.json has no modelTopology: it holds weights alone.', {
      where: path,
      next: 'Convert the whole model with tensorflowjs_converter.',
    });
  if (format === 'graph-model') {
    const signature =
      json['signature'] ??
      (isObject(json['userDefinedMetadata']) ? json['userDefinedMetadata']['signature'] : undefined);
    return { ...buildGraphModel(topology, signature, readManifest(json['weightsManifest'], path)), files };
  }
  const model = modelOf(topology);
  if (model === undefined)
    throw new UserError('model-invalid', 'The modelTopology describes no Keras model.', {
      where: path,
      next: 'Convert the model again with tensorflowjs_converter.',
    });
  const weights = readManifest(json['weightsManifest'], path);
  const version = topology['keras_version'];
  const modern = typeof version === 'string' && version.startsWith('3.');
  const built = buildKeras({ model, weights: namedWeights(weights), modern });
  return { ...built, files };
}

function parse(path: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (cause) {
    throw new UserError('model-invalid', 'The model.json is not valid JSON.', {
      where: cause instanceof Error ? `${path}: ${cause.message}` : path,
      next: 'Copy or convert the model again.',
      cause,
    });
  }
  if (isObject(value)) return value;
  throw new UserError('model-invalid', 'The model.json is no JSON object.', {
    where: path,
    next: 'Convert the model again.',
  });
}
