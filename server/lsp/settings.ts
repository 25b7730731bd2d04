/** Settings of the client, as sent at the start and after changes. Anything unexpected counts as left out. */
import type { ServerSettings } from '../protocol';

export function readSettings(value: unknown, before: ServerSettings): ServerSettings {
  if (typeof value !== 'object' || value === null) return before;
  const { engine, memoryLimit, trusted } = value as Readonly<Record<string, unknown>>;
  return {
    engine: engine === null || typeof engine === 'string' ? engine : before.engine,
    memoryLimit: memoryLimit === null || typeof memoryLimit === 'number' ? memoryLimit : before.memoryLimit,
    trusted: typeof trusted === 'boolean' ? trusted : before.trusted,
  };
}

/** Without a word from the client nothing is trusted. */
export const defaultSettings: ServerSettings = { engine: null, memoryLimit: null, trusted: false };
