/** A hierarchy over a line or a picture: halved across the longer side until single places are left. */
import type { Grid } from '../types';

export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Hierarchy {
  readonly root: Part;
  /** Two halves; null for a single place. */
  split(part: Part): readonly [Part, Part] | null;
  /** Places of a part, row-major indices. */
  places(part: Part): number[];
}

/** The first half is the smaller one where a side is odd. */
export function halves({ width, height }: Grid): Hierarchy {
  return {
    root: { left: 0, top: 0, width, height },
    split(part) {
      if (part.width * part.height <= 1) return null;
      if (part.width >= part.height) {
        const first = Math.floor(part.width / 2);
        return [
          { ...part, width: first },
          { ...part, left: part.left + first, width: part.width - first },
        ];
      }
      const first = Math.floor(part.height / 2);
      return [
        { ...part, height: first },
        { ...part, top: part.top + first, height: part.height - first },
      ];
    },
    places: (part) =>
      Array.from(
        { length: part.width * part.height },
        (_, i) => (part.top + Math.floor(i / part.width)) * width + part.left + (i % part.width),
      ),
  };
}
