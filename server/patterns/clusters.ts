/**
 * Spectral relevance analysis (Lapuschkin et al. 2019, doi:10.1038/s41467-019-08987-4): heatmaps of one class are scaled,
 * downsized and grouped; a group may be a strategy of the model, one of them a shortcut.
 */
import { namedFeatures } from '../protocol';
import { aggregate, medianHeatmap, unitsOf } from './aggregate';
import { neighbours } from './neighbours';
import { downsized, normalised, pick } from './rows';
import { spectralGroups } from './spectral';
import type { Grouping } from './spectral';
import type { ClusterReport, FeaturePattern, PatternCluster, PatternSpace } from '../protocol';
import type { Explained, Rows } from './types';

export interface ClusterWish {
  readonly space: PatternSpace;
  readonly groups: number | null;
  readonly seed: number;
}

/** Fewer samples of a class than this are not grouped. */
export const FEWEST_TO_GROUP = 20;
const NEIGHBOURS = 10;
/** Blocks along the longer side of heatmaps that are compared: of SpRAy's order (20 × 20). */
const SIDE = 16;
const FEATURES = 8;

/** @param samples Indices of the samples of one predicted class. */
export function clusterClass(
  explained: Explained,
  predicted: number,
  samples: readonly number[],
  { space, groups, seed }: ClusterWish,
): ClusterReport {
  const compared = pick(space === 'heatmaps' ? comparable(explained) : activationsOf(explained), samples);
  const grouping = spectralGroups(neighbours(compared, NEIGHBOURS), groups, seed);
  const scaled = { ...explained, relevance: normalised(explained.relevance, 'l1') };
  const units = unitsOf(scaled);
  const wholeClass = new Map(
    aggregate(units, samples, Infinity).map(({ feature, sum }) => [feature.name, sum / samples.length]),
  );
  const report = (group: number): PatternCluster => {
    const own = typicalFirst(grouping, group).map((row) => samples[row] as number);
    const features = distinctive(aggregate(units, own, Infinity), own.length, samples.length, wholeClass);
    const heatmap = medianHeatmap(explained, scaled.relevance, own);
    return {
      name: nameOf(features),
      samples: own,
      wrong: own.filter((sample) => isWrong(explained, sample)).length,
      features: features.slice(0, FEATURES),
      ...(heatmap === undefined ? {} : { heatmap }),
    };
  };
  return {
    class: predicted,
    space,
    eigenvalues: grouping.eigenvalues,
    given: groups !== null,
    clusters: Array.from({ length: grouping.groups }, (_, group) => report(group)).filter(
      (cluster) => cluster.samples.length > 0,
    ),
  };
}

export function isWrong({ gold, predicted }: Explained, sample: number): boolean {
  return (gold[sample] as number) >= 0 && gold[sample] !== predicted[sample];
}

/** Heatmaps as they are compared: pictures downsized, each of length 1. */
export function comparable({ relevance, grid }: Explained): Rows {
  if (grid === null) return normalised(relevance, 'l2');
  const side = Math.ceil(Math.max(grid.width, grid.height) / SIDE);
  return normalised(downsized(relevance, grid.width, grid.height, side), 'l2');
}

export function activationsOf({ activations }: Explained): Rows {
  if (activations === null) throw new Error('activations were not computed');
  return activations.rows;
}

/** Rows of a group, those nearest to its centre in the spectral embedding first. */
function typicalFirst({ group, embedding }: Grouping, wanted: number): number[] {
  const rows = Array.from(group.keys()).filter((row) => group[row] === wanted);
  const width = embedding[0]?.length ?? 0;
  const centre = Array.from(
    { length: width },
    (_, j) => rows.reduce((sum, row) => sum + (embedding[row]?.[j] ?? 0), 0) / Math.max(1, rows.length),
  );
  const distance = (row: number): number =>
    centre.reduce((sum, value, j) => sum + (value - (embedding[row]?.[j] ?? 0)) ** 2, 0);
  const distances = new Map(rows.map((row) => [row, distance(row)]));
  return rows.sort((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0) || a - b);
}

/** By how much more of a group's relevance lies on a feature than of the rest of the class: the largest first. */
function distinctive(
  features: readonly FeaturePattern[],
  size: number,
  all: number,
  wholeClass: ReadonlyMap<string, number>,
): FeaturePattern[] {
  const excess = ({ feature, sum }: FeaturePattern): number => {
    if (size === all) return sum / size;
    const rest = ((wholeClass.get(feature.name) ?? 0) * all - sum) / (all - size);
    return sum / size - rest;
  };
  const known = new Map(features.map((one) => [one, excess(one)]));
  return features
    .filter((one) => (known.get(one) ?? 0) > 0)
    .sort((a, b) => (known.get(b) ?? 0) - (known.get(a) ?? 0) || (a.feature.name < b.feature.name ? -1 : 1));
}

function nameOf(features: readonly FeaturePattern[]): string {
  return features
    .slice(0, namedFeatures)
    .map(({ feature }) => feature.name)
    .join(' · ');
}
