/** A check's result as the messages of a test: one at the check, one at the row of each sample. */
import * as vscode from 'vscode';
import type { CheckResult, CheckSample, SampleAddress } from '../../server/protocol';
import { toRange } from '../errors';

/** Rows that get a message of their own. */
const MOST_ROWS = 5;

export function messagesOf(result: CheckResult): readonly vscode.TestMessage[] {
  const { message, next, samples, measured, uri, range, model } = result;
  const whole = new vscode.TestMessage(next === null ? message : `${message}\n${next}`);
  whole.location = new vscode.Location(vscode.Uri.parse(uri), toRange(range));
  const [worst] = samples;
  if (worst !== undefined) whole.contextValue = reference(worst.address, model);
  // A comparison takes the place of the text: only for two labels, where the text has nothing more to say.
  if (measured !== null && result.kind === 'label' && result.outcome === 'failed') {
    whole.expectedOutput = measured.expected;
    whole.actualOutput = measured.actual;
  }
  return [whole, ...samples.slice(0, MOST_ROWS).flatMap((sample) => rowMessage(result, sample))];
}

function rowMessage({ name, model }: CheckResult, sample: CheckSample): readonly vscode.TestMessage[] {
  if (!('uri' in sample.address)) return [];
  const message = new vscode.TestMessage(`${sample.name}: ${sample.detail} (${name})`);
  const line = Math.max(0, (sample.line ?? 1) - 1);
  message.location = new vscode.Location(vscode.Uri.parse(sample.address.uri), new vscode.Position(line, 0));
  message.contextValue = reference(sample.address, model);
  return [message];
}

/** The marker that “Explain the failing sample” looks for, of this extension's tests and of any other's. */
export function reference(address: SampleAddress, model: string): string {
  const named = model === '' ? {} : { model };
  switch (address.kind) {
    case 'line':
      return marker({ file: vscode.Uri.parse(address.uri).fsPath, line: address.line, ...named });
    case 'record':
      return marker({ file: vscode.Uri.parse(address.uri).fsPath, record: address.record, ...named });
    case 'file':
    case 'selection':
      return marker({ file: vscode.Uri.parse(address.uri).fsPath, ...named });
    case 'text':
      return marker({ text: address.text, ...named });
    case 'tensors':
      return marker({ file: Object.values(address.files)[0] ?? '', ...named });
  }
}

function marker(modelBlame: object): string {
  return JSON.stringify({ modelBlame });
}
