/** Imported models, kept until their file changes. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { LRUCache } from 'lru-cache';
import { UserError } from '../errors';
import { openEngine } from '../engine';
import type { EngineOptions } from '../engine';
import type { Engine } from '../engine/types';
import { importModel } from '../model/import';
import { atPosition } from '../model/positions';
import type { Model } from '../model/types';
import { availableBytes } from './memory';
import type { Sessions } from './sessions';
import type { ModelSource } from './types';

export interface LoadedModel {
  readonly model: Model;
  readonly engine: Engine;
}

export interface Models {
  /** @throws UserError about the file, the model or the engine. */
  load(source: ModelSource): Promise<LoadedModel>;
}

/** Graphs without their weights are small; more open models than this are rare. */
const MOST_MODELS = 8;

interface Kept {
  readonly model: Promise<Model>;
  /** Size and time of the file it was read from. */
  readonly stamp: string;
  /** Files with its weights, known once it is read, and their sizes and times. */
  dataFiles: readonly string[];
  data: string;
}

export function modelCache(
  options: EngineOptions & { readonly memoryLimit: number | undefined },
  sessions: Sessions,
): Models {
  const kept = new LRUCache<string, Kept>({
    max: MOST_MODELS,
    dispose: ({ model }) =>
      void model.then(
        ({ hash }) => sessions.forget(hash),
        () => undefined,
      ),
  });
  const engines = new Map<string | null, Promise<Engine>>();

  const open = (name: string | null): Promise<Engine> => {
    const known = engines.get(name) ?? openEngine(name, options);
    engines.set(name, known);
    known.catch(() => engines.delete(name));
    return known;
  };

  const read = (source: ModelSource): Promise<Model> => {
    const { output = null, given = null, task = null } = source;
    const key = JSON.stringify([resolve(source.path), output, given, task]);
    const known = kept.get(key);
    const stamp = stampOf(source.path);
    if (known?.stamp === stamp && known.data === stampsOf(known.dataFiles)) return known.model;
    const imported = importModel(source.path, {
      memoryLimit: options.memoryLimit ?? availableBytes(),
      ...(source.output === undefined ? {} : { output: source.output }),
      ...(source.given === undefined ? {} : { given: source.given }),
      ...(source.task === undefined ? {} : { task: source.task }),
    });
    const model = imported.then(atPosition);
    const fresh: Kept = { model, stamp, dataFiles: [], data: '' };
    kept.set(key, fresh);
    model.then(
      ({ dataFiles = [] }) => Object.assign(fresh, { dataFiles, data: stampsOf(dataFiles) }),
      () => kept.delete(key),
    );
    return model;
  };

  return {
    async load(source) {
      const [model, engine] = [await read(source), await open(source.engine)];
      return { model, engine };
    },
  };
}

function stampOf(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined)
    throw new UserError('model-not-found', 'There is no such model file', {
      where: path,
      next: 'check the path in model-blame.json or on the command line',
    });
  return `${file.size}:${file.mtimeMs}`;
}

/** Of files that may be missing: the import says so. */
function stampsOf(paths: readonly string[]): string {
  const files = paths.map((path) => statSync(path, { throwIfNoEntry: false }));
  return files.map((file) => (file === undefined ? 'none' : `${file.size}:${file.mtimeMs}`)).join();
}
