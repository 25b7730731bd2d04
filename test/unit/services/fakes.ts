/** A compute that answers by arithmetic, and folders made for one test file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unpack } from '../../../server/compute/packing';
import { Cancelled, UserError } from '../../../server/errors';
import { createServices } from '../../../server/services';
import type { AttributeRequest, Compute, ModelSource, ModelSummary } from '../../../server/compute/types';
import type { ClassScore, MethodChoice } from '../../../server/protocol';
import type { ServerServices, ServicesOptions } from '../../../server/services';

export interface FakeCompute extends Compute {
  /** Calls by name, in order. */
  readonly calls: string[];
  readonly requests: AttributeRequest[];
  hash: string;
}

type Input = ModelSummary['inputs'][number];

export const tokenInput: Input = { name: 'input_ids', type: { dtype: 'int64', shape: ['batch', 'sequence'] } };

export interface FakeOptions {
  readonly inputs?: readonly Input[];
  readonly classes?: number;
  readonly labels?: readonly string[] | null;
  readonly notes?: readonly string[];
  readonly unfit?: Readonly<Record<string, string>>;
}

/** Logit c is the sum of all inputs times c: the last class wins for positive sums. */
export function fakeCompute(options: FakeOptions = {}): FakeCompute {
  const classes = options.classes ?? 2;
  const calls: string[] = [];
  const requests: AttributeRequest[] = [];
  const summary = (hash: string): ModelSummary => ({
    inputs: options.inputs ?? [tokenInput],
    output: {
      logits: 'logits',
      type: { dtype: 'float32', shape: ['batch', classes] },
      activation: 'softmax',
      onlyProbabilities: false,
      output: 'logits',
      single: false,
      classes,
      labels: options.labels ?? null,
      positions: false,
    },
    outputs: ['logits'],
    entries: [],
    layers: [],
    hash,
    dataFiles: [],
    bytes: 1,
    notes: options.notes ?? [],
    batchable: true,
    engine: 'fake/cpu',
  });
  const scores = (labels: readonly string[], feeds: AttributeRequest['sample']['feeds']): ClassScore[] => {
    const sum = Object.values(feeds).reduce(
      (total, { data }) => total + Array.from(data as ArrayLike<number | bigint>, Number).reduce((a, b) => a + b, 0),
      0,
    );
    const logits = Array.from({ length: classes }, (_, index) => (sum * index) / 100);
    const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    const total = weights.reduce((a, b) => a + b, 0);
    return logits
      .map((logit, index) => ({
        class: index,
        label: labels[index] ?? `class ${index}`,
        logit,
        probability: (weights[index] ?? 0) / total,
      }))
      .sort((a, b) => b.logit - a.logit);
  };
  const compute: FakeCompute = {
    calls,
    requests,
    hash: 'hash-1',
    engines: () =>
      Promise.resolve({ engines: [{ name: 'fake/cpu', available: true, detail: '1' }], chosen: 'fake/cpu' }),
    load(_source: ModelSource) {
      calls.push('load');
      return Promise.resolve(summary(compute.hash));
    },
    predict({ labels, feeds }, { signal } = {}) {
      calls.push('predict');
      if (signal?.aborted === true) return Promise.reject(new Cancelled());
      return Promise.resolve({ scores: scores(labels, feeds), engine: 'fake/cpu', modelMilliseconds: 1 });
    },
    forward(request, { signal } = {}) {
      const stacks = unpack(request.stacks);
      const total = stacks.reduce((sum, { rows }) => sum + rows, 0);
      calls.push(`forward ${total}`);
      if (signal?.aborted === true) return Promise.reject(new Cancelled());
      const probabilities = new Float64Array(total * classes);
      let done = 0;
      for (const { feeds, rows } of stacks)
        for (let row = 0; row < rows; row++, done++) {
          const one = Object.fromEntries(
            Object.entries(feeds).map(([name, { dtype, dims, data }]) => {
              const size = data.length / rows;
              return [name, { dtype, dims: [1, ...dims.slice(1)], data: data.slice(row * size, (row + 1) * size) }];
            }),
          );
          for (const { class: index, probability } of scores([], one))
            probabilities[done * classes + index] = probability ?? 0;
        }
      return Promise.resolve({ probabilities, classes, hash: compute.hash, engine: 'fake/cpu', modelMilliseconds: 1 });
    },
    async attribute(request, { signal, progress } = {}) {
      calls.push('attribute');
      requests.push(request);
      for (let done = 1; done <= 3; done++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (signal?.aborted === true) throw new Cancelled();
        progress?.(done, 3, 'fake');
      }
      const found = scores(request.labels, request.sample.feeds);
      const { target } = request;
      const index = target.kind === 'predicted' ? (found[0]?.class ?? 0) : Number(target.class);
      return {
        relevance: Float32Array.from({ length: request.sample.count }, (_, i) => i),
        accounting: { sum: 1, score: 1, cancellation: 1, evaluations: 3 },
        path: null,
        warnings: [{ code: 'from-compute', message: 'x' }],
        modelMilliseconds: 2,
        programKey: 'key',
        target: { kind: 'class', class: index, label: request.labels[index] ?? '', scale: 'logit' },
        scores: found,
        baselineScores: request.baseline === null ? null : found,
        parameters: { ...request.parameters, nodes: 32 },
        engine: 'fake/cpu',
      };
    },
    units: () => Promise.reject(new Error('not faked')),
    probabilities: ({ rows }) =>
      Promise.resolve({
        probabilities: rows.map((feeds) =>
          scores([], feeds)
            .toSorted((a, b) => a.class - b.class)
            .map(({ probability }) => probability ?? 0),
        ),
        engine: 'fake/cpu',
        modelMilliseconds: 1,
      }),
    relevances: () => Promise.reject(new Error('not used')),
    activations: () => Promise.reject(new Error('not used')),
    remove: () => Promise.reject(new Error('not used')),
    search: () => Promise.reject(new Error('not used')),
    methods: () =>
      Promise.resolve([choice('integrated-gradients', true), choice('gradient', false), choice('occlusion', true)]),
    rules(_model, parameters) {
      calls.push(`rules ${JSON.stringify(parameters)}`);
      return Promise.resolve({ parameters, rows: [], unmatched: [] });
    },
    exportProgram(_model, method, parameters, _target, _labels, path) {
      if (path.includes('forbidden')) return Promise.reject(new UserError('cannot-write', 'no', { where: path }));
      calls.push(`export ${method} ${JSON.stringify(parameters)}`);
      return Promise.resolve(7);
    },
    dispose() {
      calls.push('dispose');
      return Promise.resolve();
    },
  };
  const choice = (id: string, usesBaseline: boolean): MethodChoice => ({
    info: {
      id,
      name: id,
      family: 'gradient',
      formula: '',
      means: '',
      needs: '',
      misleads: '',
      axioms: [],
      cost: '',
      papers: [],
      usesBaseline,
      parameters: [],
    },
    unfit: options.unfit?.[id] ?? null,
  });
  return compute;
}

/** A folder below a fresh temporary one; `remove` deletes everything. */
export function scratch(): {
  readonly root: string;
  readonly folder: (name: string, files: Readonly<Record<string, string | Uint8Array>>) => string;
  readonly remove: () => void;
} {
  const root = mkdtempSync(join(tmpdir(), 'model-blame-services-'));
  return {
    root,
    folder(name, files) {
      const path = join(root, name);
      mkdirSync(path, { recursive: true });
      for (const [file, content] of Object.entries(files)) {
        mkdirSync(dirname(join(path, file)), { recursive: true });
        writeFileSync(join(path, file), content);
      }
      return path;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export function servicesFor(folder: string, compute: Compute, options: Partial<ServicesOptions> = {}): ServerServices {
  return createServices({ folders: [folder], compute, ...options });
}

export const hasCode = (code: string) => (error: unknown) => {
  if (error instanceof UserError && error.code === code) return true;
  throw new Error(`expected ${code}, got ${error instanceof UserError ? error.code : ''} ${String(error)}`, {
    cause: error,
  });
};
