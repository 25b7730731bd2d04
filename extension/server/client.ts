/** One language client = one server process. It never restarts itself: `server.ts` supervises. */
import type * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  TransportKind,
} from 'vscode-languageclient/node';
import type { LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';
import { serverSettings } from '../config';
import type { Config } from '../config';

export interface ClientOptions {
  readonly module: string;
  readonly config: Config;
  readonly log: vscode.LogOutputChannel;
  /** The connection is gone although nobody asked for it. */
  readonly died: () => void;
}

export function createClient({ module, config, log, died }: ClientOptions): LanguageClient {
  const run: ServerOptions = {
    module,
    transport: TransportKind.ipc,
    ...(config.runtime === null ? {} : { runtime: config.runtime }),
    ...(config.tensorflow === null ? {} : { options: { env: { MODEL_BLAME_TENSORFLOW: config.tensorflow } } }),
  };
  const options: LanguageClientOptions = {
    // Datasets are read by the server itself; unsaved ones are sent by `documents.ts`.
    documentSelector: [
      { scheme: 'file', pattern: '**/model-blame.json' },
      { scheme: 'file', pattern: '**/*.modelcheck.json' },
    ],
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: serverSettings(config),
    initializationFailedHandler: () => false,
    diagnosticCollectionName: 'model-blame',
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        died();
        return { action: CloseAction.DoNotRestart, handled: true, message: 'The attribution server ended.' };
      },
    },
  };
  return new LanguageClient('modelBlame', 'Model Blame', run, options);
}
