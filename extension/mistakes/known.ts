/** What is known of a row without running a model: from surveys, and from explanations that were shown. */
import * as vscode from 'vscode';
import type { Explanation, SurveyAtResponse, SurveyRow } from '../../server/protocol';
import type { Context } from '../context';
import { PersonalError, ServerLost } from '../errors';
import { uriOf } from '../samples/address';
import type { Surveys } from './surveys';

export interface Known {
  readonly row: SurveyRow;
  readonly stale: boolean;
  readonly explanation: Explanation | null;
}

/** Explanations kept for hovers. */
const most = 200;

export class KnownRows implements vscode.Disposable {
  /** By file and line of the sample's beginning, the newest last. */
  private readonly explained = new Map<string, Explanation>();
  private readonly subscriptions: readonly { dispose(): unknown }[];

  constructor(
    private readonly context: Context,
    private readonly surveys: Surveys,
  ) {
    this.subscriptions = [
      context.panels.onExplained((explanation) => this.keep(explanation)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.forget(document.uri.toString());
      }),
      // An explanation is of the model it was made with.
      context.server.onChanged(({ uris }) => {
        for (const [key, { model }] of this.explained) if (uris.includes(model.uri)) this.explained.delete(key);
        uris.forEach((uri) => this.forget(uri));
      }),
    ];
  }

  /** True where a survey looked at the file: only then is the server asked. */
  covers(uri: string): boolean {
    return this.surveys.all.some(({ files }) => files.some((file) => file.uri === uri));
  }

  /** @param line 0-based. Null where no survey knows the row. */
  async at(uri: string, line: number): Promise<Known | null> {
    if (!this.covers(uri)) return null;
    const found = await this.ask(uri, line);
    const shown = this.surveys.current?.survey;
    const best = found.find(({ survey }) => survey === shown) ?? found[0];
    if (best === undefined) return null;
    const begin = best.row.line ?? line + 1;
    return { row: best.row, stale: best.stale !== null, explanation: this.explained.get(`${uri}#${begin}`) ?? null };
  }

  /** Nothing is known while the server is away: a hover is no place for its errors. */
  private async ask(uri: string, line: number): Promise<SurveyAtResponse['found']> {
    try {
      const address = { kind: 'line', uri, line: line + 1 } as const;
      return (await this.context.server.api.survey.at({ address })).found;
    } catch (error) {
      if (error instanceof ServerLost || error instanceof PersonalError) return [];
      throw error;
    }
  }

  dispose(): void {
    for (const item of this.subscriptions) item.dispose();
  }

  private keep(explanation: Explanation): void {
    const { span, address } = explanation.sample;
    const uri = uriOf(address);
    if (span === undefined || uri === null) return;
    const key = `${uri}#${span.line}`;
    this.explained.delete(key);
    this.explained.set(key, explanation);
    const [oldest] = this.explained.keys();
    if (this.explained.size > most && oldest !== undefined) this.explained.delete(oldest);
  }

  private forget(uri: string): void {
    for (const key of this.explained.keys()) if (key.startsWith(`${uri}#`)) this.explained.delete(key);
  }
}
