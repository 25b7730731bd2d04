/**
 * What open panels show, kept in the workspace's own storage. The editor saves a page's state only when a window is
 * closed in order; after a crash or a quick reload a panel comes back without one, and is asked for by its title.
 */
import type { Memento } from 'vscode';
import type { PageState, PanelChoice, SampleAddress } from '../../server/protocol';

const key = 'modelBlame.panels';

export interface Shown {
  readonly title: string;
  readonly address: SampleAddress;
  readonly model: string | null;
  readonly choice: PanelChoice;
  readonly pinned: boolean;
  readonly view: PageState['view'];
}

export class PanelMemory {
  /** As the window found it: panels come back one by one, and each overwrites what is kept. */
  private readonly found: readonly Shown[];

  constructor(private readonly storage: Memento) {
    this.found = storage.get<readonly Shown[]>(key, []);
  }

  remember(panels: readonly Shown[]): void {
    void this.storage.update(key, panels);
  }

  /** One panel alone had that title. */
  isOne(title: string): boolean {
    return this.found.filter((panel) => panel.title === title).length === 1;
  }

  /** The state of the panel with that title; undefined when none was kept. */
  recall(title: string): PageState | undefined {
    const shown = this.found.find((panel) => panel.title === title);
    if (shown === undefined) return undefined;
    const { title: _title, ...state } = shown;
    return { version: 1, ...state };
  }
}
