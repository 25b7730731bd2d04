/** Lists by explanation: what the Patterns page found unusual among the samples of the survey that is shown. */
import * as vscode from 'vscode';
import type { PatternsResponse, UnusualSample } from '../../server/protocol';
import type { Surveys } from './surveys';

export type Why = UnusualSample['why'];

/** Positions in the survey, the most unusual first. */
export type Unusual = Readonly<Record<Why, readonly number[]>>;

const none: Unusual = { unlike: [], shortcut: [] };

export class UnusualLists implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private found: { readonly survey: string; readonly revision: number; readonly lists: Unusual } | null = null;

  constructor(private readonly surveys: Surveys) {}

  /** Of the survey that is shown; empty where it was not looked for, or was read anew since. */
  get lists(): Unusual {
    const { current } = this.surveys;
    const { found } = this;
    return found !== null && found.survey === current?.survey && found.revision === current.revision
      ? found.lists
      : none;
  }

  /** Takes what an answer says of samples that the survey knows under the same model. */
  async learn({ unusual, samples, model }: PatternsResponse): Promise<void> {
    const { current } = this.surveys;
    if (unusual === undefined || current?.model.hash !== model.hash) return;
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
    this.found = {
      survey,
      revision,
      lists: { unlike: await positions('unlike'), shortcut: await positions('shortcut') },
    };
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }
}
