/** What every part of the page may use: messages out, the person's choice, the view's settings, the theme. */
import type { AsideKind, BlameChoice, FromPage, PanelChoice } from '../server/protocol/panel';
import type { SourceSpan } from '../server/protocol/source';
import type { Theme } from '../server/render/colour';
import type { Panel } from './state';
import type { ViewSettings } from './settings';

export interface Page {
  post(message: FromPage): void;
  /** Changes the choice and asks for a new explanation. */
  choose(change: Partial<PanelChoice>): void;
  /** Asks beside the explanation; `again` also where there is an answer. Changed choices of blame count from then on. */
  ask(kind: AsideKind, again: boolean, blame?: Partial<BlameChoice>): void;
  view(): ViewSettings;
  /** Changes how results are looked at and redraws; nothing is computed anew. */
  setView(change: Partial<ViewSettings>): void;
  theme(): Theme;
  /** Says something to a screen reader, without moving the focus. */
  announce(text: string): void;
  reveal(source: SourceSpan): void;
}

/** A part of the page: made once, told of every change. */
export interface Part {
  readonly element: HTMLElement;
  update(panel: Panel): void;
}
