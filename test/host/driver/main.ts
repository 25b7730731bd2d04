/** Runs the suite inside a real extension host, from one command, and writes the results to a file. */
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { runSuite } from '../suite';

export function activate(extension: vscode.ExtensionContext): void {
  extension.subscriptions.push(vscode.commands.registerCommand('modelBlameDriver.run', runAndWrite));
}

/** Entry of `@vscode/test-electron` (`extensionTestsPath`). */
export async function run(): Promise<void> {
  await runAndWrite();
}

async function runAndWrite(): Promise<void> {
  const file = process.env['MODEL_BLAME_HOST_RESULTS'];
  if (file === undefined) throw new Error('MODEL_BLAME_HOST_RESULTS names no file');
  writeFileSync(file, JSON.stringify(await runSuite(), undefined, 2));
}
