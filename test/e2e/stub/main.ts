/** Somebody else's test extension: one red test whose message names a sample, as pytest's would. */
import * as vscode from 'vscode';

export function activate(extension: vscode.ExtensionContext): void {
  const controller = vscode.tests.createTestController('somebodyElse.tests', 'Somebody else');
  const run = async (): Promise<void> => {
    const [file] = await vscode.workspace.findFiles('mail/test_mail.py');
    const item = controller.createTestItem('mail', 'test_mail', file);
    item.range = new vscode.Range(4, 0, 5, 0);
    controller.items.replace([item]);
    const work = controller.createTestRun(new vscode.TestRunRequest([item]));
    work.started(item);
    const message = new vscode.TestMessage("AssertionError: data/test.csv:7\nassert 'spam' == 'ham'");
    if (file !== undefined) message.location = new vscode.Location(file, new vscode.Position(5, 4));
    work.failed(item, message, 12);
    work.end();
  };
  controller.createRunProfile('Run', vscode.TestRunProfileKind.Run, run, true);
  extension.subscriptions.push(controller, vscode.commands.registerCommand('stubTests.run', run));
}
