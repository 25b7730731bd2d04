/** What the survey page knows, and how messages change it. Pure. */
import type { MistakesView, SurveyPageState, ToSurveyPage } from '../../server/protocol/survey-page';
import type { SurveyRow, SurveyState, SurveySummary } from '../../server/protocol/survey';
import type { UserErrorData } from '../../server/protocol/requests';

export const surveyTabs = ['overview', 'slices', 'mistakes'] as const;
export type SurveyTab = (typeof surveyTabs)[number];

export interface Survey {
  readonly state: SurveyState | null;
  readonly view: MistakesView;
  readonly summary: SurveySummary | null;
  /** Column of the slices; null: none is chosen. */
  readonly slice: string | null;
  /** The slices are those of `slice`; false while they are asked for. */
  readonly sliced: boolean;
  readonly tab: SurveyTab;
  /** Position of the sample opened last. */
  readonly opened: number | null;
  readonly error: UserErrorData | null;
  /** True after the host spoke: before, the page does not know whether there is a survey. */
  readonly told: boolean;
}

export function emptySurvey(kept: unknown): Survey {
  const { tab, slice } = (kept ?? {}) as Partial<SurveyPageState>;
  return {
    state: null,
    view: { filter: { only: 'wrong' }, sort: 'confidence', descending: null, grouping: 'pair' },
    summary: null,
    slice: typeof slice === 'string' ? slice : null,
    sliced: false,
    tab: surveyTabs.find((name) => name === tab) ?? 'overview',
    opened: null,
    error: null,
    told: false,
  };
}

/** Rows answer questions of the table alone: they change nothing here. */
export function receive(survey: Survey, message: ToSurveyPage): Survey {
  switch (message.type) {
    case 'survey': {
      const other = survey.state?.survey !== message.state?.survey;
      return {
        ...survey,
        state: message.state,
        view: message.view,
        told: true,
        ...(other ? { summary: null, opened: null, error: null } : {}),
      };
    }
    case 'summary':
      return { ...survey, summary: message.summary, sliced: message.slice === survey.slice, error: null };
    case 'opened':
      return { ...survey, opened: message.position };
    case 'error':
      return { ...survey, error: message.error };
    case 'rows':
    case 'failed':
      return survey;
  }
}

/** Rows that were read belong to these conditions; other ones are read anew. */
export function listKey({ state, view }: Survey): string {
  const { filter, sort, descending } = view;
  return JSON.stringify([state?.survey, state?.revision, filter, sort, descending]);
}

/** The columns of the table, as they are written. */
export interface Cells {
  readonly text: string;
  readonly title: string;
  readonly gold: string;
  readonly predicted: string;
  readonly before: string;
}

export function cellsOf({ text, title, gold, predicted, before, problem }: SurveyRow): Cells {
  return {
    // One line: a mail's line breaks say nothing in a table.
    text: problem ?? text?.trim().replace(/\s+/g, ' ') ?? title,
    title,
    gold: gold?.label ?? '',
    predicted: predicted?.label ?? '',
    before: before?.label ?? '',
  };
}
