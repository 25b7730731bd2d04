/** Settings, read when they are needed: a person's change counts from the next request on. */
import * as vscode from 'vscode';
import type { ServerSettings } from '../server/protocol';

export const section = 'modelBlame';

export interface Config {
  /** Engine name; null: the first that loads. */
  readonly engine: string | null;
  /** Method id; null: the one the server recommends for the model. */
  readonly method: string | null;
  /** Node that runs the server; null: the editor's own. */
  readonly runtime: string | null;
  /** Folder with `@tensorflow/tfjs-node`; null: where Node finds it. */
  readonly tensorflow: string | null;
  /** Mebibytes for models and sessions; 0: the server's own limit. */
  readonly memoryLimit: number;
  readonly decorations: boolean;
  /** Ask again by itself when the file of the sample was edited. */
  readonly refreshOnEdit: boolean;
  /** Misclassified rows as diagnostics, and how many at most. */
  readonly diagnostics: { readonly enabled: boolean; readonly limit: number };
  /** Prediction above the selected row. */
  readonly codeLens: boolean;
  /** What happens when the model of a survey is rewritten. */
  readonly onModelChange: 'ask' | 'recompute' | 'off';
}

export function readConfig(): Config {
  const settings = vscode.workspace.getConfiguration(section);
  const text = (name: string): string | null => {
    const value = settings.get<string>(name, '').trim();
    return value === '' || value === 'auto' ? null : value;
  };
  return {
    engine: text('engine'),
    method: text('method'),
    runtime: text('server.runtime'),
    tensorflow: text('tensorflow.path'),
    memoryLimit: settings.get('server.memoryLimit', 0),
    decorations: settings.get('decorations.enabled', true),
    refreshOnEdit: settings.get('panel.refreshOnEdit', true),
    diagnostics: {
      enabled: settings.get('diagnostics.enabled', false),
      limit: settings.get('diagnostics.limit', 1000),
    },
    codeLens: settings.get('codeLens.enabled', true),
    onModelChange: settings.get('survey.onModelChange', 'ask'),
  };
}

/** Patterns of one's own for samples in failures, before the built-in ones. */
export function failurePatterns(): readonly string[] {
  const given = vscode.workspace.getConfiguration(section).get<unknown>('failures.patterns');
  return Array.isArray(given) ? given.filter((pattern) => typeof pattern === 'string') : [];
}

/** What the server is told at its start and after every change of the settings. */
export function serverSettings(config: Config): ServerSettings {
  return {
    engine: config.engine,
    memoryLimit: config.memoryLimit > 0 ? config.memoryLimit * 1024 * 1024 : null,
    trusted: vscode.workspace.isTrusted,
  };
}
