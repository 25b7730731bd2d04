/** What the panel knows, as a pure function of the messages it received. The latest request wins. */
import type { BlameResponse, CounterfactualResponse } from '../server/protocol/blame';
import type { ChoicesResponse, UserErrorData } from '../server/protocol/requests';
import type { ClassScore, Explanation, ModelRef, Positions, Prediction } from '../server/protocol/explanation';
import type { Features } from '../server/protocol/features';
import type { Aside, BlameChoice, PanelChoice, ToPage } from '../server/protocol/panel';
import type { SampleRef } from '../server/protocol/source';
import type { UnitsResponse } from '../server/protocol/units';

export type Phase = 'empty' | 'busy' | 'done' | 'error' | 'cancelled';

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

export interface Panel {
  /** Number of the latest request that was heard of; what is older is dropped. */
  readonly request: number;
  readonly phase: Phase;
  readonly title: string;
  readonly choice: PanelChoice;
  readonly choices: ChoicesResponse | null;
  readonly prediction: Prediction | null;
  /** The last result; shown dimmed while a newer one of the same sample is computed. */
  readonly explanation: Explanation | null;
  readonly progress: Progress | null;
  readonly error: UserErrorData | null;
  readonly stale: string | null;
  readonly notice: string | null;
  /** Feature under the caret in the file. */
  readonly caret: number | null;
  /** Questions beside the explanation; the host takes them back when it shows another sample. */
  readonly blame: Aside<BlameResponse>;
  readonly counterfactual: Aside<CounterfactualResponse>;
  readonly conservation: Aside<Explanation>;
  readonly units: Aside<UnitsResponse>;
}

export const defaultChoice: PanelChoice = {
  method: null,
  target: { kind: 'predicted' },
  baseline: null,
  parameters: {},
};

export const emptyPanel: Panel = {
  request: 0,
  phase: 'empty',
  title: '',
  choice: defaultChoice,
  choices: null,
  prediction: null,
  explanation: null,
  progress: null,
  error: null,
  stale: null,
  notice: null,
  caret: null,
  blame: null,
  counterfactual: null,
  conservation: null,
  units: null,
};

/** How blame is asked for where nobody chose. */
export const defaultBlame: BlameChoice = {
  gold: null,
  signal: 'auto',
  form: 'integrated',
  replacement: null,
  baseline: null,
  remove: 10,
};

export function blameChoice({ choice }: Panel): BlameChoice {
  return choice.blame ?? defaultBlame;
}

/** The panel after a message. Returns the same object when the message is out of date. */
export function receive(panel: Panel, message: ToPage): Panel {
  if ('request' in message && message.request < panel.request) return panel;
  switch (message.type) {
    case 'begin':
      return {
        ...panel,
        request: message.request,
        phase: 'busy',
        title: message.title,
        choice: message.choice,
        progress: null,
        error: null,
        stale: null,
        caret: message.title === panel.title ? panel.caret : null,
      };
    case 'choices':
      return { ...panel, request: message.request, choices: message.choices };
    case 'prediction': {
      const kept = panel.explanation !== null && sameSample(panel.explanation, message.prediction);
      return {
        ...panel,
        request: message.request,
        title: message.prediction.sample.title,
        prediction: message.prediction,
        explanation: kept ? panel.explanation : null,
      };
    }
    case 'explanation':
      return {
        ...panel,
        request: message.request,
        phase: 'done',
        title: message.explanation.sample.title,
        explanation: message.explanation,
        progress: null,
        error: null,
        notice: null,
      };
    case 'progress': {
      const { done, total, message: text } = message;
      return panel.phase === 'busy' ? { ...panel, progress: { done, total, message: text } } : panel;
    }
    case 'error':
      return {
        ...withoutOthers(panel),
        request: message.request,
        phase: 'error',
        error: message.error,
        progress: null,
      };
    case 'cancelled':
      return { ...withoutOthers(panel), request: message.request, phase: 'cancelled', progress: null };
    case 'caret':
      return { ...panel, caret: message.feature };
    case 'stale':
      return { ...panel, stale: message.reason };
    case 'blame':
      return { ...panel, blame: message.state };
    case 'counterfactual':
      return { ...panel, counterfactual: message.state };
    case 'conservation':
      return { ...panel, conservation: message.state };
    case 'units':
      return { ...panel, units: message.state };
    case 'tab':
    case 'view':
    case 'pinned':
      // How the panel is used, not what it shows: `main.ts` keeps it.
      return panel;
    case 'notice':
      return { ...panel, notice: message.message };
  }
}

/** What the body draws: features, with relevance when there is any. */
export interface Shown {
  readonly sample: SampleRef;
  readonly model: ModelRef;
  readonly scores: readonly ClassScore[];
  readonly gold: Prediction['gold'];
  readonly goldSource?: Prediction['goldSource'];
  readonly positions?: Positions;
  readonly features: Features;
  readonly engine: string;
  readonly milliseconds: number;
  readonly explanation: Explanation | null;
}

/** The newest result there is: a prediction is replaced by its explanation, an old explanation by a new prediction. */
export function shown(panel: Panel): Shown | null {
  const { explanation, prediction } = panel;
  if (explanation !== null) return { ...explanation, scores: explanation.prediction, explanation };
  return prediction === null ? null : { ...prediction, explanation: null };
}

/** True when what is shown belongs to an earlier request: it is dimmed. */
export function isOld(panel: Panel): boolean {
  return panel.explanation !== null && panel.phase !== 'done';
}

function sameSample(explanation: Explanation, prediction: Prediction): boolean {
  const [a, b] = [explanation, prediction];
  return (
    a.sample.title === b.sample.title &&
    a.sample.contentHash === b.sample.contentHash &&
    a.model.uri === b.model.uri &&
    a.model.hash === b.model.hash &&
    window(a) === window(b) &&
    a.positions?.all[a.positions.chosen]?.feature === b.positions?.all[b.positions.chosen]?.feature
  );
}

function window(result: Explanation | Prediction): number {
  return result.features.kind === 'tokens' ? result.features.window.index : 0;
}

/** Results of another sample than the one the person asked for are not left on the screen under its title. */
function withoutOthers(panel: Panel): Panel {
  return {
    ...panel,
    explanation: panel.explanation?.sample.title === panel.title ? panel.explanation : null,
    prediction: panel.prediction?.sample.title === panel.title ? panel.prediction : null,
  };
}
