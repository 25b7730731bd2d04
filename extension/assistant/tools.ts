/** Two read-only tools for an assistant in the editor: explain a sample, list mistakes. Nothing is written or run else. */
import * as vscode from 'vscode';
import type { SampleAddress, SurveyFilter, SurveySort } from '../../server/protocol';
import { readConfig } from '../config';
import type { Context } from '../context';
import { isCancellation, sentence, toUserError } from '../errors';
import { rowFile, wholeFile } from '../samples/address';
import { explainedSample, listedMistakes, parseSampleName } from './results';

interface ExplainInput {
  readonly sample: string;
  readonly model?: string;
  readonly method?: string;
  readonly class?: string;
  readonly features?: number;
}

interface ListInput {
  readonly gold?: string;
  readonly predicted?: string;
  readonly text?: string;
  readonly only?: 'wrong' | 'newly-wrong' | 'newly-right' | 'label-errors';
  readonly sort?: SurveySort;
  readonly limit?: number;
}

/** An editor without chat has no such tools: nothing is registered there, and nothing is said. */
export function registerTools(context: Context): { dispose(): unknown } {
  const { lm } = vscode as { readonly lm?: Partial<typeof vscode.lm> };
  if (typeof lm?.registerTool !== 'function') return { dispose: () => undefined };
  return vscode.Disposable.from(
    vscode.lm.registerTool<ExplainInput>('explain_sample', {
      prepareInvocation: ({ input }) => ({
        invocationMessage: vscode.l10n.t('Explaining {0}', input.sample),
      }),
      invoke: ({ input }, token) => answer(() => explainSample(context, input, token)),
    }),
    vscode.lm.registerTool<ListInput>('list_mistakes', {
      prepareInvocation: () => ({ invocationMessage: vscode.l10n.t('Listing misclassified samples') }),
      invoke: ({ input }, token) => answer(() => listMistakes(context, input, token)),
    }),
  );
}

/** JSON, also of errors: an assistant reads what is wrong and what to do next. */
async function answer(ask: () => Promise<object>): Promise<vscode.LanguageModelToolResult> {
  const result = await ask().catch((error: unknown): object => {
    if (isCancellation(error)) throw error;
    return { error: sentence(toUserError(error)) };
  });
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(result))]);
}

async function explainSample(
  { server }: Context,
  input: ExplainInput,
  token: vscode.CancellationToken,
): Promise<object> {
  const address = addressOf(input.sample);
  if (address === null)
    return {
      error: vscode.l10n.t('“{0}” names no sample: use data/file.csv:17 or a picture’s path.', input.sample),
    };
  const explanation = await server.api.explain(
    {
      address,
      model: input.model ?? null,
      method: input.method ?? readConfig().method,
      target: input.class === undefined ? { kind: 'predicted' } : { kind: 'class', class: input.class },
      baseline: null,
      parameters: {},
      engine: readConfig().engine,
    },
    token,
  );
  return explainedSample(explanation, Math.min(50, input.features ?? 12));
}

async function listMistakes(
  { mistakes: { surveys } }: Context,
  { gold, predicted, text, only = 'wrong', sort = 'confidence', limit = 20 }: ListInput,
  token: vscode.CancellationToken,
): Promise<object> {
  const state = surveys.current;
  if (state === null)
    return {
      error: vscode.l10n.t('No survey is there. A person can run “Model Blame: Find Misclassified Samples” first.'),
    };
  const filter: SurveyFilter = {
    only,
    ...(gold === undefined ? {} : { gold }),
    ...(predicted === undefined ? {} : { predicted }),
    ...(text === undefined ? {} : { text }),
  };
  const found = await surveys.ask((api, survey) =>
    api.rows({ survey, filter, sort, limit: Math.max(1, Math.min(100, limit)) }, token),
  );
  return listedMistakes(surveys.current ?? state, found?.rows ?? [], found?.total ?? 0, ({ address, line, title }) => {
    if (!('uri' in address)) return title;
    const path = vscode.workspace.asRelativePath(vscode.Uri.parse(address.uri));
    return line === null ? path : `${path}:${line}`;
  });
}

/** Only files of the workspace: a path that leads out of it names nothing. */
function addressOf(name: unknown): SampleAddress | null {
  const parsed = typeof name === 'string' ? parseSampleName(name) : null;
  if (parsed === null) return null;
  const { path, line, record } = parsed;
  const uri = inWorkspace(path);
  if (uri === null) return null;
  if (wholeFile.test(path)) return { kind: 'file', uri: uri.toString() };
  if (!rowFile.test(path)) return null;
  if (line !== undefined) return { kind: 'line', uri: uri.toString(), line };
  return { kind: 'record', uri: uri.toString(), record: record ?? 1 };
}

function inWorkspace(path: string): vscode.Uri | null {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const absolute = path.startsWith('/') || /^[a-z]:[\\/]/i.test(path);
  const [first] = folders;
  const named = folders.find(({ name }) => path.startsWith(`${name}/`));
  // With several folders, paths begin with the folder's name, as the editor writes them.
  const several = folders.length > 1 && named !== undefined;
  const uri = absolute
    ? vscode.Uri.file(path)
    : several
      ? vscode.Uri.joinPath(named.uri, path.slice(named.name.length + 1))
      : first === undefined
        ? null
        : vscode.Uri.joinPath(first.uri, path);
  return uri !== null && vscode.workspace.getWorkspaceFolder(uri) !== undefined ? uri : null;
}
