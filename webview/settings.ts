/** How results are looked at. Kept with `setState`, so that a reload brings back the same view. */

export const imageViews = ['overlay', 'heatmap', 'original', 'window', 'edges', 'mask'] as const;
export type ImageView = (typeof imageViews)[number];

export interface ViewSettings {
  readonly unit: 'word' | 'token';
  readonly textLayout: 'strip' | 'list';
  readonly imageView: ImageView;
  /** Opacity of the heatmap over the picture, 0…1. */
  readonly opacity: number;
  /** Percentile of |relevance| at which the colour scale ends. */
  readonly clip: number;
  /** Share of pixels that the mask shows, 0…1. */
  readonly mask: number;
  readonly tableOrder: 'relevance' | 'file';
  readonly filmScale: 'frame' | 'common';
  readonly optionsOpen: boolean;
  readonly aboutOpen: boolean;
  readonly accountingOpen: boolean;
  readonly pathOpen: boolean;
  readonly unitsOpen: boolean;
  readonly essenceOpen: boolean;
  readonly conservationOpen: boolean;
  readonly conservationNodes: 'all' | 'leaks';
  /** `auto`: Blame where the model is wrong, the explanation otherwise. */
  readonly tab: 'auto' | 'explain' | 'blame';
  /** Step of the removal experiment that is looked at; −1: the one that reaches gold, else the last. */
  readonly removed: number;
}

export const defaultView: ViewSettings = {
  unit: 'word',
  textLayout: 'strip',
  imageView: 'overlay',
  opacity: 0.75,
  clip: 99.5,
  mask: 0.1,
  tableOrder: 'relevance',
  filmScale: 'frame',
  optionsOpen: false,
  aboutOpen: false,
  accountingOpen: false,
  pathOpen: true,
  unitsOpen: true,
  essenceOpen: false,
  conservationOpen: false,
  conservationNodes: 'all',
  tab: 'auto',
  removed: -1,
};

/** Reads settings that an earlier page kept; what does not fit falls back to the default. */
export function parseView(value: unknown): ViewSettings {
  const kept = isRecord(value) ? value : {};
  return {
    unit: oneOf(kept['unit'], ['word', 'token'], defaultView.unit),
    textLayout: oneOf(kept['textLayout'], ['strip', 'list'], defaultView.textLayout),
    imageView: oneOf(kept['imageView'], imageViews, defaultView.imageView),
    opacity: between(kept['opacity'], 0, 1, defaultView.opacity),
    clip: between(kept['clip'], 50, 100, defaultView.clip),
    mask: between(kept['mask'], 0, 1, defaultView.mask),
    tableOrder: oneOf(kept['tableOrder'], ['relevance', 'file'], defaultView.tableOrder),
    filmScale: oneOf(kept['filmScale'], ['frame', 'common'], defaultView.filmScale),
    optionsOpen: flag(kept['optionsOpen'], defaultView.optionsOpen),
    aboutOpen: flag(kept['aboutOpen'], defaultView.aboutOpen),
    accountingOpen: flag(kept['accountingOpen'], defaultView.accountingOpen),
    pathOpen: flag(kept['pathOpen'], defaultView.pathOpen),
    unitsOpen: flag(kept['unitsOpen'], defaultView.unitsOpen),
    essenceOpen: flag(kept['essenceOpen'], defaultView.essenceOpen),
    conservationOpen: flag(kept['conservationOpen'], defaultView.conservationOpen),
    conservationNodes: oneOf(kept['conservationNodes'], ['all', 'leaks'], defaultView.conservationNodes),
    tab: oneOf(kept['tab'], ['auto', 'explain', 'blame'], defaultView.tab),
    removed: between(kept['removed'], -1, 1e6, defaultView.removed),
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((item) => item === value) ?? otherwise;
}

function between(value: unknown, low: number, high: number, otherwise: number): number {
  return typeof value === 'number' && value >= low && value <= high ? value : otherwise;
}

function flag(value: unknown, otherwise: boolean): boolean {
  return typeof value === 'boolean' ? value : otherwise;
}
