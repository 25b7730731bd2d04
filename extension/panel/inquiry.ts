/** One question to the server: resolve the sample, choose the model, predict, explain. The latest one wins. */
import * as vscode from 'vscode';
import type {
  Explanation,
  ModelEntry,
  PanelChoice,
  Prediction,
  SampleAddress,
  SampleRef,
  ToPage,
  UserErrorData,
} from '../../server/protocol';
import type { Context } from '../context';
import { readConfig } from '../config';
import { isCancellation, ServerLost, toUserError } from '../errors';
import { modelFor } from '../samples/choose-model';
import { uriOf } from '../samples/address';
import { setUp } from '../setup';

export interface Subject {
  readonly address: SampleAddress;
  /** Model by name or path; null: the server or the person decides. */
  readonly model: string | null;
}

export type Outcome =
  | { readonly kind: 'done'; readonly explanation: Explanation }
  | { readonly kind: 'error'; readonly error: UserErrorData }
  | { readonly kind: 'cancelled' };

export interface Inquiry {
  readonly request: number;
  readonly subject: Subject;
  readonly choice: PanelChoice;
  readonly token: vscode.CancellationToken;
  /** Called with results as they come; not after the token was cancelled. */
  readonly post: (message: ToPage) => void;
  readonly resolved: (sample: SampleRef, model: string | null) => void;
  readonly predicted: (prediction: Prediction) => void;
}

/** How often a question is asked again after the server died under it. */
const patience = 2;

export async function inquire(context: Context, inquiry: Inquiry): Promise<Outcome> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(context, inquiry);
    } catch (error) {
      if (isCancellation(error) || inquiry.token.isCancellationRequested) return { kind: 'cancelled' };
      if (error instanceof ServerLost && attempt < patience) {
        inquiry.post({
          type: 'notice',
          message: vscode.l10n.t(
            'The attribution server ended and is started again; too little memory is the usual reason. Asking again…',
          ),
        });
        continue;
      }
      context.log.error(`explain: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return { kind: 'error', error: toUserError(error) };
    }
  }
}

/** No workspace file speaks of the dataset or picture, and the person has not chosen a model for it before. */
function isUndeclared(context: Context, address: SampleAddress, models: readonly ModelEntry[]): boolean {
  const isInDataset = address.kind === 'line' || address.kind === 'record' || address.kind === 'file';
  return (
    isInDataset &&
    models.length > 0 &&
    models.every(({ origin }) => origin !== 'workspace-file') &&
    context.models.get(address) === null
  );
}

async function ask(context: Context, inquiry: Inquiry): Promise<Outcome> {
  const { server } = context;
  const { subject, choice, request, token, post } = inquiry;
  const { address } = subject;
  const uri = uriOf(address);
  await server.start();
  if (uri !== null) server.documents.want(uri);

  let { sample, models } = await server.api.resolve({ address }, token);
  if (subject.model === null && isUndeclared(context, address, models)) {
    // First run in this folder: choose the model and write the file, then go on.
    if (!(await setUp(context, address))) return { kind: 'cancelled' };
    ({ sample, models } = await server.api.resolve({ address }, token));
  }
  const model = subject.model ?? (await modelFor(address, models, context.models));
  if (model === undefined || token.isCancellationRequested) return { kind: 'cancelled' };
  inquiry.resolved(sample, model);

  const progressToken = `${process.pid}-${request}-${Date.now()}`;
  const progress = server.onProgress(({ token: of, done, total, message }) => {
    if (of === progressToken && !token.isCancellationRequested)
      post({ type: 'progress', request, done, total, message });
  });
  try {
    const part = partOf(choice);
    const choices = server.api.choices({ model, address }, token).then((found) => {
      if (!token.isCancellationRequested) post({ type: 'choices', request, choices: found });
    });
    const predicted = server.api.predict({ address, model, ...part }, token).then((prediction) => {
      if (token.isCancellationRequested) return;
      inquiry.predicted(prediction);
      post({ type: 'prediction', request, prediction });
    });
    const explained = server.api.explain(
      {
        address,
        model,
        ...part,
        method: choice.method ?? readConfig().method,
        target: choice.target,
        baseline: choice.baseline,
        parameters: choice.parameters,
        engine: readConfig().engine,
        progressToken,
      },
      token,
    );
    const [explanation] = await Promise.all([explained, predicted, choices]);
    return { kind: 'done', explanation };
  } finally {
    progress.dispose();
  }
}

/** Which part of the sample is meant: a window of a long text, a position of a sequence. */
export function partOf({ window, position }: PanelChoice): { readonly window?: number; readonly position?: number } {
  return { ...(window === undefined ? {} : { window }), ...(position === undefined ? {} : { position }) };
}
