/** The table of layers: one line per file. */
import type { LayerEntry } from '../types';
import { activationLayers } from './activation-layers';
import { convolutions } from './convolution';
import { core } from './core';
import { merges } from './merge';
import { normalizations } from './normalization';
import { poolings } from './pooling';
import { preprocessing } from './preprocessing';
import { spatialLayers } from './spatial';
import { transposedConvolutions } from './transposed';

export const layers: readonly LayerEntry[] = [
  ...core,
  ...activationLayers,
  ...convolutions,
  ...transposedConvolutions,
  ...poolings,
  ...spatialLayers,
  ...normalizations,
  ...merges,
  ...preprocessing,
];

const table = new Map(layers.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function layerEntry(className: string): LayerEntry | undefined {
  return table.get(className);
}
