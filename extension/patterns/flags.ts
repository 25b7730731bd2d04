/** Features that a person flagged as shortcuts, kept for the workspace: by dataset. */
import type * as vscode from 'vscode';
import type { PatternsSubject } from '../../server/protocol';

const keyOf = ({ name }: PatternsSubject): string => `flagged:${name}`;

export class Flags {
  constructor(private readonly storage: vscode.Memento) {}

  of(subject: PatternsSubject): readonly string[] {
    return this.storage.get<readonly string[]>(keyOf(subject)) ?? [];
  }

  async set(subject: PatternsSubject, flagged: readonly string[]): Promise<void> {
    await this.storage.update(keyOf(subject), flagged.length === 0 ? undefined : flagged);
  }
}
