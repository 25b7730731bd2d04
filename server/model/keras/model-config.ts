/** The model in a configuration, whichever way it is wrapped. */
import { isList, isObject, layerOf } from './config';
import type { Json, JsonObject, LayerConfig } from './config';

/** `{ model_config: { class_name, config } }` or that object itself; undefined for anything else. */
export function modelOf(topology: JsonObject): LayerConfig | undefined {
  const config = topology['model_config'] ?? topology;
  if (!isObject(config)) return undefined;
  return layerOf({ ...config, config: listed(config['config']) });
}

/** Older sequential models: the configuration is the list of layers. */
function listed(config: Json | undefined): Json | undefined {
  return isList(config) ? { name: 'sequential', layers: config } : config;
}
