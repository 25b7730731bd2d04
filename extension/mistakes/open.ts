/** From a mistake to its row and its blame, and to the next one in the same order. */
import * as vscode from 'vscode';
import type { SampleAddress, SurveyFilter, SurveyRow, SurveySort } from '../../server/protocol';
import type { Context } from '../context';
import { PersonalError } from '../errors';
import { rowAddress, uriOf } from '../samples/address';
import type { Surveys } from './surveys';

/** The list a sample was opened from: its neighbours are the next and the previous mistake. */
export interface Order {
  readonly filter: SurveyFilter;
  readonly sort: SurveySort;
  readonly descending?: boolean;
}

export class Opener implements vscode.Disposable {
  private readonly opened = new vscode.EventEmitter<SurveyRow>();
  /** A mistake was jumped to. */
  readonly onOpen = this.opened.event;
  private order: Order | null = null;
  private last: SampleAddress | null = null;
  private readonly subscriptions: readonly { dispose(): unknown }[];

  constructor(
    private readonly context: Context,
    private readonly surveys: Surveys,
  ) {
    // Other conditions, another order: the neighbours are those of the list a person sees now.
    this.subscriptions = [this.opened, surveys.onView(() => (this.order = null))];
  }

  /** Puts the cursor on the row, the picture in front, and explains it beside. */
  async open(row: SurveyRow, order: Order | null, options: { readonly focus?: boolean } = {}): Promise<void> {
    this.order = order ?? this.order;
    this.last = row.address;
    await this.jump(row, options.focus === true);
    const panel = this.context.panels.show({ address: row.address, model: this.surveys.current?.model.name ?? null });
    if (row.wrong) panel.showTab('blame');
    this.opened.fire(row);
  }

  /** The next or previous mistake from where the person is: the cursor's row, else the one jumped to last. */
  async step(direction: 'next' | 'previous'): Promise<void> {
    const { view, current } = this.surveys;
    if (current === null)
      throw new PersonalError({
        code: 'no-survey',
        what: vscode.l10n.t('No mistakes are known yet.'),
        where: null,
        next: vscode.l10n.t('Run “Model Blame: Find Misclassified Samples” first.'),
      });
    const descending = view.descending === null ? {} : { descending: view.descending };
    const order = this.order ?? { filter: view.filter, sort: view.sort, ...descending };
    const from = this.place();
    const found = await this.surveys.ask((api, survey) => api.next({ survey, ...order, from, direction }));
    const row = found?.row ?? null;
    if (found === null || row === null) {
      void vscode.window.setStatusBarMessage(vscode.l10n.t('No mistake fits the filter.'), 4000);
      return;
    }
    await this.open(row, order);
    void vscode.window.setStatusBarMessage(
      vscode.l10n.t('Mistake {0} of {1}: {2}', found.index + 1, found.total, row.title),
      4000,
    );
  }

  dispose(): void {
    for (const item of this.subscriptions) item.dispose();
  }

  /** A row that the cursor was moved to since counts more than the one that was jumped to. */
  private place(): SampleAddress | null {
    const editor = vscode.window.activeTextEditor;
    const files = new Set(this.surveys.current?.files.map(({ uri }) => uri));
    if (editor === undefined || !files.has(editor.document.uri.toString())) return this.last;
    return rowAddress(undefined) ?? this.last;
  }

  private async jump({ address, line }: SurveyRow, focus: boolean): Promise<void> {
    const uri = uriOf(address);
    if (uri === null) return;
    if (line === null) {
      await this.context.revealer.picture(uri);
      return;
    }
    try {
      await this.context.revealer.row(uri, line, focus);
    } catch (error) {
      // Files over 50 MB are not given to extensions; the panel explains the row all the same.
      this.context.log.warn(`${uri}: ${error instanceof Error ? error.message : String(error)}`);
      void vscode.window.setStatusBarMessage(
        vscode.l10n.t(
          '{0} is too large to be opened: it is explained only.',
          vscode.workspace.asRelativePath(vscode.Uri.parse(uri)),
        ),
        6000,
      );
    }
  }
}
