/** A command line without a machine: sinks that collect, services that answer from a table. */
import { run } from '../../../server/cli/main';
import type { Io, ServicesWish, Sink } from '../../../server/cli/io';
import { Cancelled, UserError } from '../../../server/errors';
import type { ExplainRequest, PredictRequest } from '../../../server/protocol';
import type { Services } from '../../../server/services/types';
import { textExplanation } from '../render/samples';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly explained: readonly ExplainRequest[];
  readonly predicted: readonly PredictRequest[];
  readonly wishes: readonly ServicesWish[];
  readonly disposed: number;
}

export interface World {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly terminal?: boolean;
  /** Replaces parts of the services. */
  readonly services?: Partial<Services>;
  readonly interrupt?: AbortController;
}

export async function modelBlame(args: readonly string[], world: World = {}): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const explained: ExplainRequest[] = [];
  const predicted: PredictRequest[] = [];
  const wishes: ServicesWish[] = [];
  let disposed = 0;
  const services: Services = {
    resolve: () => Promise.reject(new Error('not used')),
    predict: (request) => {
      predicted.push(request);
      const { prediction, ...rest } = textExplanation();
      return Promise.resolve({ ...rest, scores: prediction });
    },
    explain: (request) => {
      explained.push(request);
      return Promise.resolve(textExplanation());
    },
    units: () => Promise.reject(new Error('not faked')),
    checks: () => Promise.reject(new Error('not used')),
    locate: () => Promise.reject(new Error('not used')),
    problems: () => Promise.reject(new Error('not used')),
    shortcuts: () => Promise.reject(new Error('not used')),
    card: () => Promise.reject(new Error('not used')),
    check: () => Promise.reject(new Error('not used')),
    blame: () => Promise.reject(new Error('not used')),
    flips: () => Promise.reject(new Error('not used')),
    evaluate: () => Promise.reject(new Error('not used')),
    patterns: () => Promise.reject(new Error('not faked')),
    counterfactual: () => Promise.reject(new Error('not used')),
    choices: () =>
      Promise.resolve({
        methods: [
          {
            unfit: null,
            info: {
              id: 'integrated-gradients',
              name: 'Integrated gradients',
              family: 'path',
              formula: '',
              means: '',
              needs: '',
              misleads: '',
              axioms: [],
              cost: '',
              papers: [],
              usesBaseline: false,
              parameters: [
                { name: 'steps', type: 'integer', default: 32, minimum: 1, maximum: 512, description: 'nodes' },
                { name: 'tolerance', type: 'number', default: 0, description: 'share' },
                { name: 'rule', type: 'choice', default: 'auto', choices: ['auto', 'midpoint'], description: 'rule' },
                { name: 'exact', type: 'boolean', default: false, description: 'exact' },
              ],
            },
          },
        ],
        baselines: [],
        layers: [],
        defaultMethod: 'integrated-gradients',
        defaultBaseline: 'pad',
      }),
    surveys: {} as Services['surveys'],
    rules: () => Promise.reject(new Error('not faked')),
    models: () => Promise.resolve({ models: [] }),
    engines: () =>
      Promise.resolve({
        engines: [
          { name: 'onnxruntime/cpu', available: true, detail: '1.30.0' },
          { name: 'tensorflow/node', available: false, detail: 'not installed' },
        ],
        chosen: 'onnxruntime/cpu',
      }),
    exportProgram: ({ path }) => Promise.resolve({ path, bytes: 1234 }),
    suggest: () => Promise.reject(new Error('not used')),
    document: () => undefined,
    dispose: () => {
      disposed += 1;
      return Promise.resolve();
    },
    ...world.services,
  };
  const sink = (into: string[]): Sink => ({
    isTerminal: world.terminal === true,
    columns: world.terminal === true ? 100 : undefined,
    write: (data) => void into.push(typeof data === 'string' ? data : Buffer.from(data).toString('latin1')),
    flush: () => Promise.resolve(),
  });
  const io: Io = {
    stdout: sink(out),
    stderr: sink(err),
    env: world.env ?? {},
    cwd: world.cwd ?? process.cwd(),
    platform: 'linux',
    interrupted: () => (world.interrupt ?? new AbortController()).signal,
    services: (wish) => {
      wishes.push(wish);
      return Promise.resolve(services);
    },
  };
  const code = await run(args, io);
  return { code, stdout: out.join(''), stderr: err.join(''), explained, predicted, wishes, disposed };
}

export { Cancelled, UserError };
