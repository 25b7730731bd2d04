/** Which model explains a sample when several fit: asked once per file, remembered for the workspace. */
import * as vscode from 'vscode';
import type { ModelEntry, SampleAddress } from '../../server/protocol';
import { uriOf } from './address';

const keyOf = (uri: string) => `model:${uri}`;

export class ModelMemory {
  constructor(private readonly store: vscode.Memento) {}

  get(address: SampleAddress): string | null {
    const uri = uriOf(address);
    return uri === null ? null : (this.store.get<string>(keyOf(uri)) ?? null);
  }

  async set(address: SampleAddress, model: string): Promise<void> {
    const uri = uriOf(address);
    if (uri !== null) await this.store.update(keyOf(uri), model);
  }
}

/**
 * The model for a sample: the only one, the remembered one, or the one the person picks.
 * @returns null when the server should decide; undefined when the person closed the question.
 */
export async function modelFor(
  address: SampleAddress,
  fitting: readonly ModelEntry[],
  memory: ModelMemory,
): Promise<string | null | undefined> {
  if (fitting.length <= 1) return fitting[0]?.name ?? null;
  const remembered = memory.get(address);
  if (remembered !== null && fitting.some((model) => model.name === remembered)) return remembered;
  return pickModel(address, fitting, memory);
}

/** Asks for one of several models; undefined when the person closed the question. */
export async function pickModel(
  address: SampleAddress | null,
  choices: readonly ModelEntry[],
  memory: ModelMemory,
): Promise<string | undefined> {
  const items = choices.map((model) => ({
    label: model.name,
    description: vscode.workspace.asRelativePath(vscode.Uri.parse(model.uri)),
    ...(model.problem === null ? {} : { detail: `$(warning) ${model.problem}` }),
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Which model should explain the sample?'),
    placeHolder: vscode.l10n.t('Remembered for this file; change it with “Model Blame: Choose Model”'),
    matchOnDescription: true,
  });
  if (chosen !== undefined && address !== null) await memory.set(address, chosen.label);
  return chosen?.label;
}
