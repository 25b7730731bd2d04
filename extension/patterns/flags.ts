/**
 * Features that a person flagged as shortcuts: in the workspace file, which a team shares and the command line reads.
 * What an earlier version kept for the window alone is moved there.
 */
import * as vscode from 'vscode';
import type { PatternsSubject } from '../../server/protocol';
import type { ServerApi } from '../server/api';
import { replaceText } from './replace-text';

const keyOf = ({ name }: PatternsSubject): string => `flagged:${name}`;

export class Flags {
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly api: ServerApi,
    private readonly storage: vscode.Memento,
  ) {}

  /** What is flagged in the subject's dataset. @throws PersonalError for a workspace file that is invalid. */
  async of(subject: PatternsSubject): Promise<readonly string[]> {
    const { features } = await this.api.shortcuts({ uris: subject.datasets });
    const before = this.storage.get<readonly string[]>(keyOf(subject)) ?? [];
    if (before.length === 0) return features;
    const all = [...new Set([...features, ...before])];
    await this.set(subject, all);
    await this.storage.update(keyOf(subject), undefined);
    return all;
  }

  /** Writes the workspace file; one change after another. */
  set(subject: PatternsSubject, flagged: readonly string[]): Promise<void> {
    const write = async (): Promise<void> => {
      const { uri, text } = await this.api.shortcuts({ uris: subject.datasets, flagged });
      if (text !== null) await replaceText(vscode.Uri.parse(uri), text);
    };
    const done = this.writing.then(write);
    this.writing = done.catch(() => undefined);
    return done;
  }

  /** Resolves when all changes are written: a question asked then knows them. */
  settled(): Promise<void> {
    return this.writing;
  }
}
