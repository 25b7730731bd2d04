/** The table of layers: one line per file. */
import type { LayerEntry } from '../types';
import { activationLayers } from './activation-layers';
import { attentions } from './attention';
import { categoryLayers } from './categories';
import { convolutionalRecurrent } from './conv-lstm';
import { convolutions } from './convolution';
import { core } from './core';
import { furtherOperations } from './further-operations';
import { functionLayers } from './functions';
import { localLayers } from './local';
import { merges } from './merge';
import { normalizations } from './normalization';
import { operations } from './operations';
import { poolings } from './pooling';
import { preprocessing } from './preprocessing';
import { recurrentLayers } from './recurrent';
import { spatialLayers } from './spatial';
import { textLayers } from './text';
import { transposedConvolutions } from './transposed';
import { wrappers } from './wrappers';

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
  ...operations,
  ...furtherOperations,
  ...recurrentLayers,
  ...convolutionalRecurrent,
  ...attentions,
  ...functionLayers,
  ...textLayers,
  ...localLayers,
  ...categoryLayers,
  ...wrappers((className) => layerEntry(className)),
];

const table = new Map(layers.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function layerEntry(className: string): LayerEntry | undefined {
  return table.get(className);
}
