/** Compiled programs, kept by use and bounded by bytes. One that is in use is never disposed of under the user. */
import { LRUCache } from 'lru-cache';
import type { Engine, Executable } from '../engine/types';
import type { Model } from '../model/types';
import { compileProgram, programKey } from '../program/compile';
import type { ProgramSpec } from '../program/types';

/** Sessions of one request: all stay alive until it ends. */
export interface Lease {
  get(engine: Engine, model: Model, spec: ProgramSpec): Promise<Executable>;
  end(): void;
}

export interface Sessions {
  lease(): Lease;
  /** Forgets a model's sessions: its file changed. */
  forget(modelHash: string): void;
  dispose(): void;
}

interface Held {
  readonly executable: Executable;
  readonly modelHash: string;
  users: number;
  cached: boolean;
}

/** @param maxBytes Bytes that sessions nobody uses at the moment may hold. */
export function sessionCache(maxBytes: number): Sessions {
  const release = (held: Held): void => {
    if (!held.cached && held.users === 0) held.executable.dispose();
  };
  const cache = new LRUCache<string, Held>({
    maxSize: maxBytes,
    sizeCalculation: ({ executable }) => Math.max(1, Math.ceil(executable.bytes)),
    dispose: (held) => {
      held.cached = false;
      release(held);
    },
  });
  const making = new Map<string, Promise<Held>>();

  const make = async (key: string, engine: Engine, model: Model, spec: ProgramSpec): Promise<Held> => {
    const executable = await engine.compile(compileProgram(model, spec));
    // The first user is this function: nobody may push the session out before the one it is for has it.
    const held: Held = { executable, modelHash: model.hash, users: 1, cached: true };
    cache.set(key, held);
    // A session larger than the whole cache is not kept, but serves once.
    held.cached = cache.peek(key) === held;
    setImmediate(() => {
      held.users -= 1;
      release(held);
    });
    return held;
  };

  const find = async (key: string, engine: Engine, model: Model, spec: ProgramSpec): Promise<Held> => {
    const known = cache.get(key);
    if (known !== undefined) return known;
    const pending = making.get(key) ?? make(key, engine, model, spec).finally(() => making.delete(key));
    making.set(key, pending);
    return pending;
  };

  return {
    lease() {
      // A request keeps what it has, also when the cache has let go of it meanwhile.
      const leased = new Map<string, Held>();
      return {
        async get(engine, model, spec) {
          const key = `${engine.name}:${programKey(model, spec)}`;
          const held = leased.get(key) ?? (await find(key, engine, model, spec));
          if (leased.get(key) !== held) {
            leased.set(key, held);
            held.users += 1;
          }
          return held.executable;
        },
        end() {
          for (const held of leased.values()) {
            held.users -= 1;
            release(held);
          }
          leased.clear();
        },
      };
    },
    forget(modelHash) {
      for (const [key, held] of [...cache.entries()]) if (held.modelHash === modelHash) cache.delete(key);
    },
    dispose: () => cache.clear(),
  };
}
