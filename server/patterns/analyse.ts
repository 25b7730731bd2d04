/** All that was asked about explained samples, in one go: runs in a process of its own. */
import { aggregate, meanHeatmap, unitsOf } from './aggregate';
import { activationsOf, clusterClass, comparable, FEWEST_TO_GROUP } from './clusters';
import { deadInputs } from './dead';
import { FEWEST_ON_MAP, placeOnMap } from './map';
import { neighbours } from './neighbours';
import { triggerRules } from './rules';
import { unusualSamples } from './unusual';
import type { FeatureReport, MapReport, PatternsResponse, PatternSpace, PatternView } from '../protocol';
import type { Explained } from './types';

export interface Wish {
  readonly by: readonly PatternView[];
  /** Cells whose features are ranked; gold null: whatever the gold label. */
  readonly cells: readonly { readonly gold: number | null; readonly predicted: number; readonly total: number }[];
  /** Rules and groups of this class only; null: of every class. */
  readonly class: number | null;
  readonly space: PatternSpace;
  readonly clusters: number | null;
  readonly flagged: readonly string[];
  readonly seed: number;
}

export type Found = Pick<PatternsResponse, 'features' | 'rules' | 'dead' | 'clusters' | 'map' | 'unusual'>;

const FEATURES = 50;
const MAP_NEIGHBOURS = 14;
const NEAREST = 6;

/** @param progress Called with what is being done and the share of all views done. */
export function analyse(
  explained: Explained,
  wish: Wish,
  progress: (message: string, share: number) => void = () => undefined,
): Found {
  const views = new Set(wish.by);
  const found: { -readonly [key in keyof Found]: Found[key] } = {};
  let done = 0;
  const step = (message: string): void => progress(message, (done += 1) / (views.size + 1));
  if (views.has('features')) {
    step('Summing relevance');
    found.features = featureReports(explained, wish);
  }
  if (views.has('rules')) {
    step('Looking for rules');
    found.rules = triggerRules(explained, wish.class);
  }
  if (views.has('dead')) {
    step('Looking for unused inputs');
    found.dead = deadInputs(explained);
  }
  if (views.has('unusual')) {
    step('Looking for unusual heatmaps');
    found.unusual = unusualSamples(explained, wish.flagged);
  }
  if (views.has('clusters')) {
    step('Grouping');
    const { space, clusters: groups, seed } = wish;
    found.clusters = classesToGroup(explained, wish.class).map(([own, samples]) =>
      clusterClass(explained, own, samples, { space, groups, seed }),
    );
  }
  if (views.has('map')) {
    step('Drawing the map');
    const map = mapOf(explained, wish);
    if (map !== null) found.map = map;
  }
  return found;
}

function featureReports(explained: Explained, { cells }: Wish): FeatureReport[] {
  const { own: classes, gold } = explained;
  const units = unitsOf(explained);
  return cells.map(({ gold: wanted, predicted: own, total }) => {
    const samples = Array.from(classes.keys()).filter(
      (sample) => classes[sample] === own && (wanted === null || gold[sample] === wanted),
    );
    const heatmap = meanHeatmap(explained, samples);
    return {
      gold: wanted,
      predicted: own,
      samples,
      total,
      features: aggregate(units, samples, FEATURES),
      ...(heatmap === undefined ? {} : { heatmap }),
    };
  });
}

/** Classes with enough samples, with these. */
function classesToGroup({ own: ofSample, classes }: Explained, only: number | null): [number, number[]][] {
  const all = Array.from({ length: classes }, (_, own): [number, number[]] => [
    own,
    Array.from(ofSample.keys()).filter((sample) => ofSample[sample] === own),
  ]);
  return all.filter(([own, samples]) => samples.length >= FEWEST_TO_GROUP && (only === null || own === only));
}

function mapOf(explained: Explained, { space, seed }: Wish): MapReport | null {
  if (explained.predicted.length < FEWEST_ON_MAP) return null;
  const rows = space === 'heatmaps' ? comparable(explained) : activationsOf(explained);
  const found = neighbours(rows, MAP_NEIGHBOURS);
  const { x, y } = placeOnMap(found, seed);
  return {
    space,
    layer: space === 'heatmaps' ? null : (explained.activations?.layer ?? null),
    samples: Array.from(explained.predicted.keys()),
    x,
    y,
    nearest: Array.from({ length: found.count }, (_, row) => [
      ...found.indices.subarray(row * found.k, row * found.k + Math.min(found.k, NEAREST)),
    ]),
  };
}
