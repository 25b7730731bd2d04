import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { Flags } from '../../../extension/patterns/flags';
import type { MistakeNode, RowNode } from '../../../extension/mistakes/tree';
import type { Mistakes } from '../../../extension/mistakes/mistakes';
import { activated, explained, file, openFile, until } from './harness';
import type { Tests } from './harness';

const viewId = 'modelBlame.mistakesView';

const content = 'text,label\nfree money,spam\nsee you at lunch,ham\nthird row,ham\n';

/** The survey of a file, ended. The file is a fresh one: other suites leave theirs edited. */
async function surveyed(name = 'wrong.csv'): Promise<Mistakes> {
  const { context } = await activated();
  await vscode.workspace.fs.writeFile(file(name), new TextEncoder().encode(content));
  await vscode.commands.executeCommand('modelBlame.survey', file(name));
  const { surveys } = context.mistakes;
  await until('the survey', () => (surveys.current?.phase === 'done' ? true : undefined));
  return context.mistakes;
}

async function rowsOf({ tree }: Mistakes): Promise<readonly RowNode[]> {
  const [group] = await tree.getChildren();
  assert.ok(group !== undefined, 'no group');
  return (await tree.getChildren(group)).filter((node): node is RowNode => node.kind === 'row');
}

function label({ tree }: Mistakes, node: MistakeNode): string {
  const item = tree.getTreeItem(node);
  const name = typeof item.label === 'string' ? item.label : (item.label?.label ?? '');
  return `${name} | ${String(item.description)}`;
}

export const mistakes: Tests = {
  'a survey fills the view: groups with counts, rows with what the model says': async () => {
    const found = await surveyed();
    const groups = await found.tree.getChildren();
    assert.deepEqual(
      groups.map((node) => label(found, node)),
      ['ham → spam | 2', 'On a flagged shortcut | open to look', 'Explained unlike their class | open to look'],
    );
    const rows = await rowsOf(found);
    assert.deepEqual(
      rows.map((node) => label(found, node)),
      ['0.730 see you at lunch | wrong.csv:3', '0.730 third row | wrong.csv:4'],
    );
    assert.equal(found.tree.tree.badge?.value, 2);
    assert.match(found.tree.tree.message ?? '', /^3 samples · accuracy 0\.333$/);
  },
  'a click puts the cursor on the row and explains it; keys go on from there, and around the end': async () => {
    const found = await surveyed();
    const [first] = await rowsOf(found);
    await vscode.commands.executeCommand('modelBlame.mistakes.open', first);
    await explained('wrong.csv:3');
    const at = () => vscode.window.visibleTextEditors[0]?.selection.active.line;
    assert.equal(at(), 2);
    await vscode.commands.executeCommand('modelBlame.nextMistake');
    await explained('wrong.csv:4');
    assert.equal(at(), 3);
    await vscode.commands.executeCommand('modelBlame.nextMistake');
    await explained('wrong.csv:3');
    await vscode.commands.executeCommand('modelBlame.previousMistake');
    await explained('wrong.csv:4');
  },
  'the cursor’s row is where the next mistake is looked for': async () => {
    await surveyed();
    await openFile('wrong.csv', new vscode.Range(2, 1, 2, 1));
    await vscode.commands.executeCommand('modelBlame.nextMistake');
    await explained('wrong.csv:4');
  },
  'a filter narrows list and keys down': async () => {
    const found = await surveyed();
    found.surveys.setView({ filter: { only: 'wrong', text: 'third' } });
    const rows = await rowsOf(found);
    assert.deepEqual(
      rows.map(({ row }) => row.title),
      ['wrong.csv:4'],
    );
    assert.match(found.tree.tree.message ?? '', / — shown: “third”$/);
    await openFile('wrong.csv', new vscode.Range(1, 0, 1, 0));
    await vscode.commands.executeCommand('modelBlame.nextMistake');
    await explained('wrong.csv:4');
    await vscode.commands.executeCommand('modelBlame.mistakes.clearFilter');
    assert.equal((await rowsOf(found)).length, 2);
  },
  'a hundred thousand mistakes are read a page at a time': async () => {
    const found = await surveyed('many-100000.csv');
    const [group] = await found.tree.getChildren();
    const shown = await found.tree.getChildren(group);
    const more = shown.at(-1);
    assert.deepEqual([shown.length, more?.kind], [101, 'more']);
    await vscode.commands.executeCommand('modelBlame.mistakes.more', more);
    assert.equal((await found.tree.getChildren(group)).length, 1101);
  },
  'diagnostics: off until asked for, capped, moved by edits above and cleared by edits of their row': async () => {
    const of = (name: string) =>
      vscode.languages.getDiagnostics(file(name)).filter(({ code }) => code === 'misclassified');
    await surveyed();
    assert.deepEqual(of('wrong.csv'), []);
    const settings = vscode.workspace.getConfiguration('modelBlame');
    await settings.update('diagnostics.enabled', true, vscode.ConfigurationTarget.Global);
    try {
      const marked = await until('diagnostics', () => (of('wrong.csv').length === 2 ? of('wrong.csv') : undefined));
      assert.deepEqual(
        marked.map(({ severity, message, range }) => [severity, message, range.start.line]),
        [
          [vscode.DiagnosticSeverity.Information, 'The model says spam 0.730 · gold ham.', 2],
          [vscode.DiagnosticSeverity.Information, 'The model says spam 0.730 · gold ham.', 3],
        ],
      );
      const editor = await openFile('wrong.csv');
      await editor.edit((edit) => edit.insert(new vscode.Position(1, 0), 'one more,ham\n'));
      const lines = () => of('wrong.csv').map(({ range }) => range.start.line);
      await until('moved', () => (lines().join() === '3,4' ? true : undefined));
      await editor.edit((edit) => edit.insert(new vscode.Position(3, 2), '!'));
      await until('cleared', () => (lines().join() === '4' ? true : undefined));
      await surveyed('many-10000.csv');
      const many = await until('ten thousand', () =>
        of('many-10000.csv').length > 0 ? of('many-10000.csv') : undefined,
      );
      assert.equal(many.length, 1000);
      await settings.update('diagnostics.limit', 10_000, vscode.ConfigurationTarget.Global);
      await until('all of them', () => (of('many-10000.csv').length === 10_000 ? true : undefined));
    } finally {
      await settings.update('diagnostics.enabled', undefined, vscode.ConfigurationTarget.Global);
      await settings.update('diagnostics.limit', undefined, vscode.ConfigurationTarget.Global);
    }
    await until('none again', () => (of('many-10000.csv').length === 0 ? true : undefined));
  },
  'a list by explanation is looked for when it is opened, and says so where there is none': async () => {
    const found = await surveyed();
    const open = async (name: string): Promise<readonly string[]> => {
      const node = (await found.tree.getChildren()).find((one) => label(found, one).startsWith(name));
      assert.ok(node !== undefined, name);
      return (await found.tree.getChildren(node)).map((one) =>
        one.kind === 'note' ? one.text : one.kind === 'row' ? one.row.title : one.kind,
      );
    };
    assert.deepEqual(await open('Explained unlike their class'), [], 'being looked for');
    assert.deepEqual(await open('Explained unlike their class | 1'), ['wrong.csv:4']);
    assert.deepEqual(await open('On a flagged shortcut | 0'), [
      'No sample rests on a flagged shortcut.',
      'None of the samples explained has the flagged feature “lunch”: nothing is listed for it.',
    ]);
    const { context } = await activated();
    const client = await context.server.start();
    await client.sendRequest('test/changed', { uris: [file('model-blame.json').toString()] });
    await until('forgotten', () => (found.unusual.lists === null ? true : undefined));
  },
  'flags of an earlier version move into the workspace file; an open one is edited, not overwritten': async () => {
    const { context } = await activated();
    const subject = { model: null, datasets: [file('wrong.csv').toString()], name: 'wrong.csv', cell: null };
    const kept = new Map<string, unknown>([['flagged:wrong.csv', ['free']]]);
    const storage = {
      get: (key: string) => kept.get(key),
      update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)),
    } as unknown as vscode.Memento;
    const flags = new Flags(context.server.api, storage);
    assert.deepEqual(await flags.of(subject), ['lunch', 'free']);
    assert.equal(kept.get('flagged:wrong.csv'), undefined);
    const document = await vscode.workspace.openTextDocument(file('flags.json'));
    assert.equal(document.getText(), '// flags\nlunch,free\n');
    await vscode.window.showTextDocument(document);
    await flags.set(subject, ['free']);
    assert.equal(document.getText(), '// flags\nfree\n');
    assert.equal(document.isDirty, false);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), '// flags\nlunch,free\n', 'one edit');
    await vscode.workspace.fs.delete(file('flags.json'));
  },
  'the lens is above the selected row only, and the hover says what is known': async () => {
    await surveyed();
    await openFile('wrong.csv', new vscode.Range(2, 1, 2, 1));
    const uri = file('wrong.csv');
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 10);
    assert.deepEqual(
      lenses.map(({ range, command }) => [range.start.line, command?.title]),
      [[2, 'spam 0.730 · gold ham · explain']],
    );
    const hoverAt = (line: number) =>
      vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, new vscode.Position(line, 2));
    const textOf = (hovers: readonly vscode.Hover[]) =>
      hovers
        .flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value.replaceAll('\\', '')))
        .join('\n');
    const hovers = await hoverAt(2);
    assert.match(textOf(hovers), /predicted spam/);
    assert.doesNotMatch(textOf(hovers), /gradient:/, 'nothing is explained yet');
    await vscode.commands.executeCommand('modelBlame.explainRow');
    await explained('wrong.csv:3');
    assert.match(textOf(await hoverAt(2)), /gradient: see \+1/);
    assert.deepEqual(await hoverAt(0), [], 'the header is no sample');
  },
  'a rewritten model: stale, predicted again, what changed in the status bar and one click away': async () => {
    const { context } = await activated();
    const found = await surveyed();
    const client = await context.server.start();
    await client.sendRequest('test/modelRewritten', {});
    await until('stale', () => (found.changes.text.includes('predict again') ? true : undefined));
    await vscode.commands.executeCommand('modelBlame.mistakes.recompute');
    await until('the change', () => (found.changes.text.includes('0 newly right, 1 newly wrong') ? true : undefined));
    await vscode.commands.executeCommand('modelBlame.mistakes.showChanges');
    const groups = await found.tree.getChildren();
    assert.equal(label(found, groups[0]!), 'Newly wrong | 1');
    assert.equal(found.changes.text, '');
    const [changed] = await rowsOf(found);
    await vscode.commands.executeCommand('modelBlame.mistakes.explainBoth', changed);
    const panels = await until('two panels', () => {
      const done = context.panels.all.filter(({ state }) => !state.busy && state.explanation !== null);
      return done.length === 2 ? done : undefined;
    });
    assert.deepEqual(
      panels.map(({ view, state }) => [view.title, state.subject?.model, state.choice.target]),
      [
        ['wrong.csv:3 (before)', 'fake@1111', { kind: 'class', class: 1 }],
        ['wrong.csv:3 (now)', 'fake', { kind: 'class', class: 1 }],
      ],
    );
    // Grouped by change, where nothing has changed: the mistakes are not hidden.
    const fresh = await surveyed('fresh.csv');
    assert.equal(fresh.surveys.view.grouping, 'change');
    assert.equal(label(fresh, (await fresh.tree.getChildren())[0]!), 'ham → spam | 2');
    found.surveys.setView({ grouping: 'pair' });
  },
  'the address of a mistake is copied as the command line takes it': async () => {
    const found = await surveyed();
    const [first] = await rowsOf(found);
    await vscode.commands.executeCommand('modelBlame.mistakes.copyAddress', first);
    assert.equal(await vscode.env.clipboard.readText(), 'wrong.csv:3');
  },
  'a label is written into its cell, and nothing is saved without the person': async () => {
    const found = await surveyed();
    const [, last] = await rowsOf(found);
    const document = await vscode.workspace.openTextDocument(file('wrong.csv'));
    // The present label is first, the predicted one second; then “change it in place”. Keys do nothing until a question
    // is there: where the first one came too early, the present label is chosen, and the person tries again.
    for (let wait = 900; document.lineAt(3).text !== 'third row,spam'; wait *= 2) {
      const question = { open: true };
      const labelling = vscode.commands
        .executeCommand('modelBlame.mistakes.label', last)
        .then(() => (question.open = false));
      const pause = () => new Promise((resolve) => setTimeout(resolve, wait));
      await pause();
      await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
      for (; question.open; await pause())
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      await labelling;
    }
    assert.equal(document.lineAt(3).text, 'third row,spam');
    assert.equal(document.isDirty, true);
  },
  'the server dies under a survey: it is taken up again': async () => {
    const { context } = await activated();
    const { surveys } = await surveyed();
    await context.server.start();
    const { pid } = context.server;
    assert.ok(pid !== undefined);
    // At the first word of it: a moment later it may have ended.
    let killed = false;
    const watch = surveys.onChange((state) => {
      if (killed || state?.phase !== 'running') return;
      killed = process.kill(pid, 'SIGKILL');
    });
    await vscode.commands.executeCommand('modelBlame.survey', file('wrong.csv'));
    watch.dispose();
    assert.ok(killed);
    await until('done', () => (surveys.current?.phase === 'done' ? true : undefined));
    await vscode.commands.executeCommand(`${viewId}.focus`);
  },
};
