/** What the Patterns page knows, and how messages change it. Pure. */
import type {
  PatternFeature,
  PatternsChoice,
  PatternsResponse,
  PatternsSubject,
  PatternView,
  ToPatternsPage,
  UserErrorData,
} from '../../server/protocol';

/** Where the question behind a view stands. */
export type Asked =
  | { readonly phase: 'busy'; readonly done: number; readonly total: number; readonly message: string }
  | { readonly phase: 'done'; readonly answer: PatternsResponse }
  | { readonly phase: 'error'; readonly error: UserErrorData }
  | { readonly phase: 'cancelled' };

/** Samples picked by a click or a lasso, with the words that say which. */
export interface Picked {
  readonly title: string;
  readonly samples: readonly number[];
  /** What they have in common, the strongest first: it may be flagged, and a check made of the first. */
  readonly features?: readonly PatternFeature[];
}

export interface Patterns {
  readonly subject: PatternsSubject | null;
  readonly choice: PatternsChoice;
  readonly view: PatternView;
  readonly views: Readonly<Partial<Record<PatternView, Asked>>>;
  readonly picked: Picked | null;
  readonly stale: boolean;
}

export const firstChoice: PatternsChoice = {
  target: 'predicted',
  space: 'heatmaps',
  class: null,
  clusters: null,
  flagged: [],
};

export const nothing: Patterns = {
  subject: null,
  choice: firstChoice,
  view: 'features',
  views: {},
  picked: null,
  stale: false,
};

export function receive(state: Patterns, message: ToPatternsPage): Patterns {
  const set = (view: PatternView, asked: Asked): Patterns => ({ ...state, views: { ...state.views, [view]: asked } });
  switch (message.type) {
    case 'subject': {
      // The page came back and is about the same: what was chosen on it still stands.
      const same = JSON.stringify(message.subject) === JSON.stringify(state.subject);
      return {
        ...nothing,
        subject: message.subject,
        view: state.view,
        choice: { ...(same ? state.choice : firstChoice), flagged: message.flagged },
      };
    }
    case 'flags':
      return withFlags(state, message.flagged);
    case 'progress': {
      const busy = busyView(state);
      return busy === null ? state : set(busy, { phase: 'busy', ...withoutType(message) });
    }
    case 'answer':
      return { ...set(message.view, { phase: 'done', answer: message.answer }), stale: false };
    case 'error':
      return set(message.view, { phase: 'error', error: message.error });
    case 'cancelled':
      return set(message.view, { phase: 'cancelled' });
    case 'stale':
      return { ...state, stale: true };
  }
}

/** One question at a time: the last one asked. */
export function busyView({ views }: Patterns): PatternView | null {
  const found = Object.entries(views).find(([, asked]) => asked.phase === 'busy');
  return found === undefined ? null : (found[0] as PatternView);
}

/** A question begins; whatever was under way is given up by the host. */
export function asking(state: Patterns, view: PatternView): Patterns {
  const others = Object.fromEntries(Object.entries(state.views).filter(([, asked]) => asked.phase !== 'busy'));
  return {
    ...state,
    view,
    views: { ...others, [view]: { phase: 'busy', done: 0, total: 0, message: '' } },
    picked: null,
  };
}

/** Another choice: nothing that was found holds for it. */
export function choosing(state: Patterns, change: Partial<PatternsChoice>): Patterns {
  return { ...state, choice: { ...state.choice, ...change }, views: {}, picked: null };
}

/** How a feature is named among the flagged ones. */
export function flagOf({ name, region }: PatternFeature): string {
  return region === undefined ? name : `${region.x},${region.y},${region.width},${region.height}`;
}

/** Flags features as shortcuts, or takes the flags away where all of them have one. */
export function flagging(state: Patterns, features: readonly PatternFeature[]): Patterns {
  const flags = features.map(flagOf);
  const { flagged } = state.choice;
  const all = flags.every((flag) => flagged.includes(flag));
  const others = flagged.filter((one) => !flags.includes(one));
  return withFlags(state, all ? others : [...new Set([...flagged, ...flags])]);
}

/** Only the unusual samples are others now. */
function withFlags(state: Patterns, flagged: readonly string[]): Patterns {
  if (JSON.stringify(flagged) === JSON.stringify(state.choice.flagged)) return state;
  const { unusual: _unusual, ...views } = state.views;
  return { ...state, choice: { ...state.choice, flagged }, views };
}

/** The answer shown, for labels and samples. */
export function answerOf({ views, view }: Patterns): PatternsResponse | null {
  const asked = views[view];
  return asked?.phase === 'done' ? asked.answer : null;
}

function withoutType({ done, total, message }: Extract<ToPatternsPage, { type: 'progress' }>): {
  readonly done: number;
  readonly total: number;
  readonly message: string;
} {
  return { done, total, message };
}
