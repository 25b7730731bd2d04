/** The Mistakes view: groups, their samples a page at a time, and what was found beside them. */
import * as vscode from 'vscode';
import type { SurveyRow, SurveySort, SurveyState } from '../../server/protocol';
import { isCancellation, sentence, toUserError } from '../errors';
import { groupsOf } from './groups';
import type { Surveys } from './surveys';
import type { UnusualLists, Why } from './unusual';
import type { Group } from './view';
import { count, fileName, groupLabel, groupTooltip, noneWords, rowWords, surveyWords } from './words';
import { rowTooltip } from './tooltip';

export const viewId = 'modelBlame.mistakesView';
/** Samples read at a time: a hundred thousand mistakes are as quick to open as ten. */
export const pageSize = 100;
/** Shown of one group after a refresh, at most: a person who asked for more asks again. */
const mostAtOnce = 1000;

export interface GroupNode {
  readonly kind: 'group';
  readonly group: Group;
}
export interface RowNode {
  readonly kind: 'row';
  readonly row: SurveyRow;
  readonly parent: GroupNode;
}
export interface MoreNode {
  readonly kind: 'more';
  readonly left: number;
  readonly parent: GroupNode;
}
/** A sentence in place of samples. */
export interface NoteNode {
  readonly kind: 'note';
  readonly text: string;
  readonly parent: GroupNode;
}
export type MistakeNode = GroupNode | RowNode | MoreNode | NoteNode;

/** What a menu of the view passes. */
function isNode(given: unknown): given is MistakeNode {
  return typeof given === 'object' && given !== null && 'kind' in given;
}
export function isRowNode(given: unknown): given is RowNode {
  return isNode(given) && given.kind === 'row';
}
export function isGroupNode(given: unknown): given is GroupNode {
  return isNode(given) && given.kind === 'group' && 'group' in given;
}

export class MistakesTree implements vscode.TreeDataProvider<MistakeNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<MistakeNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly tree: vscode.TreeView<MistakeNode>;
  /** How many samples of a group a person wants to see. */
  private readonly wanted = new Map<string, number>();
  private groups: readonly GroupNode[] = [];
  private readonly rows = new Map<string, readonly RowNode[]>();
  private readonly subscriptions: readonly { dispose(): unknown }[];

  constructor(
    private readonly surveys: Surveys,
    private readonly unusual: UnusualLists,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.tree = vscode.window.createTreeView(viewId, { treeDataProvider: this });
    this.subscriptions = [
      this.changed,
      this.tree,
      surveys.onChange((state) => this.refresh(state)),
      unusual.onChange(() => this.refresh(surveys.current)),
      surveys.onView(() => {
        this.wanted.clear();
        this.refresh(surveys.current);
      }),
    ];
  }

  getTreeItem(node: MistakeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'group':
        return groupItem(node.group, this.surveys.view.grouping === 'none');
      case 'row':
        return rowItem(node);
      case 'more': {
        const item = new vscode.TreeItem(vscode.l10n.t('Show {0} more…', count(Math.min(node.left, mostAtOnce))));
        item.id = `${node.parent.group.id}/more`;
        item.description = node.left > mostAtOnce ? vscode.l10n.t('{0} are left', count(node.left)) : '';
        item.command = { command: 'modelBlame.mistakes.more', title: '', arguments: [node] };
        return item;
      }
      case 'note': {
        const item = new vscode.TreeItem(node.text);
        item.tooltip = node.text;
        item.iconPath = new vscode.ThemeIcon('info');
        return item;
      }
    }
  }

  async getChildren(node?: MistakeNode): Promise<MistakeNode[]> {
    try {
      if (node === undefined) return await this.roots();
      if (node.kind !== 'group') return [];
      const { kind } = node.group.name;
      return kind === 'unlike' || kind === 'shortcut' ? await this.unusualOf(node, kind) : await this.samples(node);
    } catch (error) {
      if (!isCancellation(error)) this.log.error(`mistakes: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  getParent(node: MistakeNode): MistakeNode | undefined {
    return node.kind === 'group' ? undefined : node.parent;
  }

  /** The next page of a group. */
  more({ parent }: MoreNode): void {
    const shown = this.rows.get(parent.group.id)?.length ?? 0;
    this.wanted.set(parent.group.id, shown + mostAtOnce);
    this.changed.fire(parent);
  }

  /** Selects a sample in the view, where the view is open and has read it. */
  async select(row: SurveyRow): Promise<void> {
    if (!this.tree.visible) return;
    const node = [...this.rows.values()].flat().find((known) => known.row.position === row.position);
    if (node === undefined || this.tree.selection.includes(node)) return;
    try {
      await this.tree.reveal(node, { select: true, focus: false });
    } catch {
      // The tree was read anew meanwhile.
    }
  }

  /** The order a sample of a group stands in: conditions and sort, for the next one. */
  orderOf({ group }: GroupNode): { readonly filter: Group['filter']; readonly sort: SurveySort } {
    return { filter: group.filter, sort: group.sort ?? this.surveys.view.sort };
  }

  dispose(): void {
    for (const item of this.subscriptions) item.dispose();
  }

  private refresh(state: SurveyState | null): void {
    this.tree.message = state === null ? '' : surveyWords(state, this.surveys.view);
    this.tree.description = state === null ? '' : titleOf(state);
    this.tree.badge =
      state === null || state.wrong === 0
        ? undefined
        : { value: state.wrong, tooltip: vscode.l10n.t('{0} misclassified samples', count(state.wrong)) };
    this.changed.fire(undefined);
  }

  private async roots(): Promise<MistakeNode[]> {
    const { view } = this.surveys;
    const found = await this.surveys.ask((api) => {
      const state = this.surveys.current;
      return state === null ? Promise.resolve([]) : groupsOf(api, state, view, this.unusual.lists);
    });
    this.rows.clear();
    this.groups = (found ?? []).map((group) => ({ kind: 'group', group }));
    return [...this.groups];
  }

  /** Opening a list by explanation looks for it; the tree is read anew when it is there. */
  private async unusualOf(parent: GroupNode, kind: Why): Promise<MistakeNode[]> {
    const note = (text: string): NoteNode => ({ kind: 'note', text, parent });
    if (parent.group.count === null) {
      try {
        await this.unusual.look();
        return [];
      } catch (error) {
        return isCancellation(error) ? [] : [note(sentence(toUserError(error)))];
      }
    }
    const notes = this.unusual.notesOf(kind).map(note);
    if (parent.group.count > 0) return [...notes, ...(await this.samples(parent))];
    return [note(noneWords(kind)), ...notes];
  }

  private async samples(parent: GroupNode): Promise<MistakeNode[]> {
    const { group } = parent;
    const { view } = this.surveys;
    const { filter, sort } = this.orderOf(parent);
    const limit = this.wanted.get(group.id) ?? pageSize;
    const descending = group.sort === undefined && view.descending !== null ? { descending: view.descending } : {};
    const found = await this.surveys.ask((api, survey) =>
      api.rows({ survey, filter, sort, ...descending, limit: Math.min(limit, 10_000) }),
    );
    if (found === null) return [];
    const nodes = found.rows.map((row): RowNode => ({ kind: 'row', row, parent }));
    this.rows.set(group.id, nodes);
    const left = found.total - nodes.length;
    return left > 0 && nodes.length > 0 ? [...nodes, { kind: 'more', left, parent }] : nodes;
  }
}

function titleOf({ model, files }: SurveyState): string {
  const [first] = files;
  const data =
    files.length === 1 && first !== undefined ? fileName(first.uri) : vscode.l10n.t('{0} files', count(files.length));
  return `${model.name} · ${data}`;
}

function groupItem(group: Group, open: boolean): vscode.TreeItem {
  const label = groupLabel(group.name);
  const isList = group.id.startsWith('list:');
  const state = open && !isList ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
  const item = new vscode.TreeItem(label, state);
  // An open group is another item than a closed one: the tree keeps what a person did to an item.
  item.id = group.id;
  item.description = group.count === null ? vscode.l10n.t('open to look') : count(group.count);
  item.contextValue = `group.${group.name.kind}`;
  item.tooltip = groupTooltip(group.name) ?? label;
  item.accessibilityInformation = { label: `${item.tooltip}: ${item.description}` };
  const icon = iconOf(group);
  if (icon !== undefined) item.iconPath = icon;
  return item;
}

function iconOf({ name }: Group): vscode.ThemeIcon | undefined {
  switch (name.kind) {
    case 'newly-wrong':
      return new vscode.ThemeIcon('arrow-down', new vscode.ThemeColor('testing.iconFailed'));
    case 'newly-right':
      return new vscode.ThemeIcon('arrow-up', new vscode.ThemeColor('testing.iconPassed'));
    case 'label-errors':
      return new vscode.ThemeIcon('tag');
    case 'unlike':
      return new vscode.ThemeIcon('question');
    case 'shortcut':
      return new vscode.ThemeIcon('target');
    case 'unlabelled':
      return new vscode.ThemeIcon('edit');
    case 'unreadable':
      return new vscode.ThemeIcon('warning');
    case 'pair':
    case 'confidence':
    case 'loss':
    case 'file':
    case 'all':
      return undefined;
  }
}

function rowItem(node: RowNode): vscode.TreeItem {
  const { row, parent } = node;
  const { label, detail } = rowWords(row, parent.group.name.kind);
  const item = new vscode.TreeItem(label);
  item.id = `${parent.group.id}/${row.position}`;
  item.description = detail;
  item.tooltip = rowTooltip(row);
  item.contextValue = [
    'sample',
    ...(row.before === null ? [] : ['changed']),
    ...(row.gold === null ? ['open'] : []),
  ].join('.');
  item.command = { command: 'modelBlame.mistakes.open', title: vscode.l10n.t('Jump and Explain'), arguments: [node] };
  item.accessibilityInformation = { label: `${label}, ${detail}, ${row.title}` };
  return item;
}
