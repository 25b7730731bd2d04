/** From the panel back to the file: the cursor on exactly the characters, the picture in its editor. */
import * as vscode from 'vscode';
import type { SourceSpan } from '../../server/protocol';
import { toRange } from '../errors';

const flashTime = 700;

export class Revealer implements vscode.Disposable {
  private readonly flash = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
    border: '1px solid',
    borderColor: new vscode.ThemeColor('focusBorder'),
  });
  private timer: NodeJS.Timeout | undefined;

  /**
   * Selects the span in the editor that already shows the file, else in the first column.
   * @param focus Moves the keyboard there too.
   */
  async characters(source: SourceSpan, focus: boolean): Promise<void> {
    const uri = vscode.Uri.parse(source.uri);
    // VS Code drops the byte-order mark and normalises line ends: only line and column are safe.
    const range = toRange(source.range);
    const editor = await vscode.window.showTextDocument(uri, {
      viewColumn: columnOf(uri),
      preserveFocus: !focus,
      preview: false,
      selection: range,
    });
    editor.selection = new vscode.Selection(range.start, range.end);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    editor.setDecorations(this.flash, [range]);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => editor.setDecorations(this.flash, []), flashTime);
  }

  /**
   * Puts the cursor on the beginning of a row.
   * @param line 1-based.
   * @param beside A column whose tab stays in front: the row is shown next to it.
   * @throws Error for files that the editor does not open (over 50 MB).
   */
  async row(uri: string, line: number, focus: boolean, beside?: vscode.ViewColumn): Promise<void> {
    const parsed = vscode.Uri.parse(uri);
    const at = new vscode.Position(line - 1, 0);
    const editor = await vscode.window.showTextDocument(parsed, {
      viewColumn: nextTo(columnOf(parsed), beside),
      preserveFocus: !focus,
      preview: false,
    });
    editor.selection = new vscode.Selection(at, at);
    editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** Opens a picture where it is open already, else in the first column. A preview cannot be told a pixel. */
  async picture(uri: string, beside?: vscode.ViewColumn): Promise<void> {
    const parsed = vscode.Uri.parse(uri);
    const options = { viewColumn: nextTo(columnOf(parsed), beside), preserveFocus: true, preview: false };
    await vscode.commands.executeCommand('vscode.open', parsed, options);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.flash.dispose();
  }
}

/** Another column than the one whose tab is to stay in front. */
function nextTo(column: vscode.ViewColumn, kept: vscode.ViewColumn | undefined): vscode.ViewColumn {
  return column === kept ? vscode.ViewColumn.Beside : column;
}

/** The column in which a file is open; the first one otherwise. */
export function columnOf(uri: vscode.Uri): vscode.ViewColumn {
  const wanted = uri.toString();
  const visible = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === wanted);
  if (visible?.viewColumn !== undefined) return visible.viewColumn;
  const group = vscode.window.tabGroups.all.find(({ tabs }) =>
    tabs.some(
      ({ input }) =>
        (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) &&
        input.uri.toString() === wanted,
    ),
  );
  return group?.viewColumn ?? vscode.ViewColumn.One;
}
