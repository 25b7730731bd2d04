/** Lists by explanation: what is unusual among the samples of the survey that is shown, looked for when a person asks. */
import * as vscode from 'vscode';
import type { PatternsResponse, SurveyState, UnusualSample } from '../../server/protocol';
import { readConfig } from '../config';
import type { Server } from '../server/server';
import type { Surveys } from './surveys';

export type Why = UnusualSample['why'];

/** Positions in the survey, the most unusual first; null where it was not looked for. */
export type Unusual = Readonly<Record<Why, readonly number[]>> | null;

interface Found {
  readonly survey: string;
  readonly revision: number;
  readonly lists: NonNullable<Unusual>;
  /** Sentences about the search: what was left out; flags that occur nowhere. */
  readonly notes: Readonly<Record<Why, readonly string[]>>;
}

export class UnusualLists implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private found: Found | null = null;
  private looking: Promise<void> | null = null;
  /** How often something was forgotten: an answer to an earlier question is none. */
  private forgotten = 0;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly surveys: Surveys,
    private readonly server: Server,
  ) {
    // Other flags, other lists.
    this.subscription = server.onChanged(({ uris }) => {
      if (uris.some((uri) => uri.endsWith('/model-blame.json'))) this.forget();
    });
  }

  /** Of the survey that is shown. */
  get lists(): Unusual {
    return this.ofCurrent()?.lists ?? null;
  }

  notesOf(why: Why): readonly string[] {
    return this.ofCurrent()?.notes[why] ?? [];
  }

  /** Explains samples of the survey that is shown, and lists the unusual ones; once for each of its states. */
  look(): Promise<void> {
    const { current } = this.surveys;
    if (current === null || this.ofCurrent() !== null) return Promise.resolve();
    this.looking ??= this.ask(current).finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  /** Takes what an answer says of samples that the survey knows under the same model. */
  async learn({ unusual, samples, model, warnings, cell, class: own, target, total }: PatternsResponse): Promise<void> {
    const { current } = this.surveys;
    if (unusual === undefined || current?.model.hash !== model.hash) return;
    // Lists of a part, or of another dataset, are not those of the survey.
    if (cell !== null || own !== null || target !== 'predicted' || total !== current.total) return;
    const { survey, revision } = current;
    const positions = async (why: Why): Promise<readonly number[]> => {
      const addresses = unusual
        .filter((one) => one.why === why)
        .flatMap(({ sample }) => samples[sample]?.address ?? []);
      const rows = await Promise.all(
        addresses.map((address) => this.surveys.ask((api) => api.at({ address })).then((known) => known?.found ?? [])),
      );
      return rows.flatMap((known) => known.filter((one) => one.survey === survey).map(({ row }) => row.position));
    };
    const notes = (...codes: readonly string[]): readonly string[] =>
      warnings.filter(({ code }) => codes.includes(code)).map(({ message }) => message);
    this.found = {
      survey,
      revision,
      lists: { unlike: await positions('unlike'), shortcut: await positions('shortcut') },
      notes: {
        unlike: notes('not-all-explained', 'skipped'),
        shortcut: notes('not-all-explained', 'skipped', 'flag-absent'),
      },
    };
    this.changed.fire();
  }

  /** What was found holds no more. */
  forget(): void {
    this.forgotten += 1;
    if (this.found === null) return;
    this.found = null;
    this.changed.fire();
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  private ofCurrent(): Found | null {
    const { current } = this.surveys;
    const { found } = this;
    return found !== null && found.survey === current?.survey && found.revision === current.revision ? found : null;
  }

  private async ask({ files, model }: SurveyState): Promise<void> {
    const { forgotten } = this;
    const answer = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Looking for unusual samples') },
      () =>
        this.server.api.patterns({
          uris: files.map(({ uri }) => uri),
          model: model.name,
          by: ['unusual'],
          cell: null,
          class: null,
          method: null,
          parameters: {},
          engine: readConfig().engine,
        }),
    );
    // An open list asks again when it is read anew.
    if (forgotten === this.forgotten) await this.learn(answer);
    else this.changed.fire();
  }
}
