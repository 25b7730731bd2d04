/** What every part of the survey page may use. */
import type { FromSurveyPage, MistakesView, ToSurveyPage } from '../../server/protocol/survey-page';
import type { Survey, SurveyTab } from './state';

export interface SurveyPage {
  post(message: FromSurveyPage): void;
  setView(change: Partial<MistakesView>): void;
  setTab(tab: SurveyTab): void;
  setSlice(column: string | null): void;
  announce(text: string): void;
}

/** A part of the page: made once, told of every change. */
export interface SurveyPart {
  readonly element: HTMLElement;
  update(survey: Survey): void;
}

/** The table also takes the rows it asked for. */
export interface RowsPart extends SurveyPart {
  receive(message: Extract<ToSurveyPage, { readonly type: 'rows' | 'failed' }>): void;
}
