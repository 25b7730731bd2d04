/**
 * Questions beside the explanation (blame, counterfactual, conservation), each by itself: asked when the page asks,
 * cancelled by the person, dropped when the panel turns to another sample. The latest of each kind wins.
 */
import * as vscode from 'vscode';
import type {
  Aside,
  AsideKind,
  BlameRequest,
  BlameResponse,
  CounterfactualRequest,
  CounterfactualResponse,
  ExplainRequest,
  Explanation,
  PanelChoice,
  ToPage,
  UnitsRequest,
  UnitsResponse,
} from '../../server/protocol';
import type { Context } from '../context';
import { readConfig } from '../config';
import { isCancellation, ServerLost, toUserError } from '../errors';
import { partOf } from './inquiry';
import type { Subject } from './inquiry';

interface Answers {
  readonly blame: BlameResponse;
  readonly counterfactual: CounterfactualResponse;
  readonly conservation: Explanation;
  readonly units: UnitsResponse;
}

type Post = (message: ToPage) => void;

export class Asides implements vscode.Disposable {
  private readonly running = new Map<AsideKind, vscode.CancellationTokenSource>();
  /** The latest of each kind, with what was asked: to tell the same question from another. */
  private readonly states = new Map<AsideKind, { readonly question: string; readonly state: Aside<unknown> }>();

  constructor(
    private readonly context: Context,
    private readonly post: Post,
  ) {}

  /** The answer of a kind, where there is one. */
  answer<K extends AsideKind>(kind: K): Answers[K] | null {
    const state = this.states.get(kind)?.state;
    return state?.phase === 'done' ? (state.result as Answers[K]) : null;
  }

  /** @param again Asks anew even where this very question is answered; a question under way is left alone. */
  async ask(kind: AsideKind, subject: Subject, choice: PanelChoice, again: boolean): Promise<void> {
    const request = requestOf(kind, subject, choice);
    const question = JSON.stringify(request);
    const before = this.states.get(kind);
    if (before?.question === question && (!again || this.running.has(kind))) {
      this.post({ type: kind, state: before.state } as ToPage);
      return;
    }
    this.running.get(kind)?.cancel();
    const source = new vscode.CancellationTokenSource();
    this.running.set(kind, source);
    const latest = () => this.running.get(kind) === source;
    const set = (state: Aside<unknown>) => {
      if (!latest()) return;
      this.states.set(kind, { question, state });
      this.post({ type: kind, state } as ToPage);
    };
    const progressToken = `${process.pid}-${kind}-${Date.now()}`;
    const progress = this.context.server.onProgress(({ token, done, total, message }) => {
      if (token === progressToken && !source.token.isCancellationRequested)
        set({ phase: 'busy', done, total, message });
    });
    set({ phase: 'busy', done: 0, total: 0, message: '' });
    try {
      const result = await this.send(kind, { ...request, progressToken }, source.token);
      set(source.token.isCancellationRequested ? { phase: 'cancelled' } : { phase: 'done', result });
    } catch (error) {
      if (isCancellation(error) || source.token.isCancellationRequested) set({ phase: 'cancelled' });
      else {
        this.context.log.error(`${kind}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        set({ phase: 'error', error: toUserError(error) });
      }
    } finally {
      progress.dispose();
      if (latest()) this.running.delete(kind);
      source.dispose();
    }
  }

  cancel(kind: AsideKind): void {
    this.running.get(kind)?.cancel();
  }

  /** Takes answers back and ends what is under way. */
  forget(...kinds: readonly AsideKind[]): void {
    for (const kind of kinds) {
      this.running.get(kind)?.cancel();
      this.running.delete(kind);
      if (this.states.delete(kind)) this.post({ type: kind, state: null });
    }
  }

  dispose(): void {
    for (const source of this.running.values()) source.cancel();
    this.running.clear();
  }

  /** Once more where the server died under it: it is started again by then. */
  private async send(kind: AsideKind, request: object, token: vscode.CancellationToken): Promise<unknown> {
    const { api } = this.context.server;
    const once = (): Promise<unknown> => {
      switch (kind) {
        case 'blame':
          return api.blame(request as BlameRequest, token);
        case 'counterfactual':
          return api.counterfactual(request as CounterfactualRequest, token);
        case 'conservation':
          return api.explain(request as ExplainRequest, token);
        case 'units':
          return api.units(request as UnitsRequest, token);
      }
    };
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof ServerLost) || token.isCancellationRequested) throw error;
      return once();
    }
  }
}

function requestOf(
  kind: AsideKind,
  { address, model }: Subject,
  choice: PanelChoice,
): BlameRequest | CounterfactualRequest | ExplainRequest | UnitsRequest {
  const { engine, method } = readConfig();
  const { blame } = choice;
  const common = { address, model, ...partOf(choice), engine };
  switch (kind) {
    case 'blame':
      return {
        ...common,
        method: null,
        parameters: blame === undefined ? {} : { signal: blame.signal, form: blame.form },
        gold: blame?.gold ?? null,
        replacement: blame?.replacement ?? null,
        baseline: blame?.baseline ?? null,
        remove: blame?.remove ?? 10,
      };
    case 'counterfactual':
      return { ...common, gold: blame?.gold ?? null };
    case 'conservation':
      return {
        ...common,
        method: choice.method ?? method,
        target: choice.target,
        baseline: choice.baseline,
        parameters: choice.parameters,
        conservation: true,
      };
    case 'units': {
      const layer = String(choice.parameters['layer'] ?? '');
      const distribution = choice.parameters['distribution'] === 'class' ? 'class' : 'dataset';
      return { address, model, target: choice.target, layer: layer === '' ? null : layer, distribution };
    }
  }
}
