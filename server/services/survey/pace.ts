/** How fast a survey goes: samples a second over the last few seconds. */

const WINDOW = 4000;

export interface Pace {
  went(samples: number): void;
  /** Null while nothing was predicted or not long enough. */
  rate(): number | null;
}

export function pace(now: () => number = () => performance.now()): Pace {
  let marks: { readonly at: number; readonly samples: number }[] = [];
  const began = now();
  let first: number | null = null;
  return {
    went(samples) {
      if (samples <= 0) return;
      first ??= marks.length === 0 ? began : first;
      const last = marks.at(-1);
      // Many small steps are one mark: a list for every sample would be long.
      if (last !== undefined && now() - last.at < 50)
        marks[marks.length - 1] = { at: last.at, samples: last.samples + samples };
      else marks.push({ at: now(), samples });
    },
    rate() {
      const from = Math.max(now() - WINDOW, first ?? began);
      marks = marks.filter(({ at }) => at >= from);
      const span = now() - from;
      if (marks.length === 0 || span < 200) return null;
      return (1000 * marks.reduce((sum, { samples }) => sum + samples, 0)) / span;
    },
  };
}
