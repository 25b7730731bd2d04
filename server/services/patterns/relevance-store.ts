/**
 * Relevance of samples on disk, so that a dataset that was explained once is quick to open again: a folder per settings
 * (model, method, parameters), in it one file a question, Arrow batches with checksums as surveys have.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messagesOf, sealed } from '../../survey/blocks';
import { filesOf, makeRoom } from '../../survey/housekeeping';

/** By the sample's key, 32 hexadecimal digits: the class explained and the input tensors. */
export type KeptRelevance = ReadonlyMap<string, Float32Array>;

export interface RelevanceStore {
  load(settings: string): Promise<KeptRelevance>;
  /** Nothing it does can fail the question: what is not kept is computed again. */
  keep(settings: string, rows: KeptRelevance): Promise<void>;
}

/** What all files may take, and those of one setting: heatmaps of large pictures are recomputed rather than kept. */
const MOST_BYTES = 2 ** 29;
const MOST_OF_ONE = 2 ** 27;

/** Where nothing is kept on disk. */
export const forgetfulStore: RelevanceStore = {
  load: () => Promise.resolve(new Map()),
  keep: () => Promise.resolve(),
};

/** @param folder Absolute path; it is made on the first write. */
export function relevanceStore(folder: string, log: (message: string) => void): RelevanceStore {
  return {
    async load(settings) {
      const all = new Map<string, Float32Array>();
      for (const { path } of await filesOf(join(folder, settings))) {
        try {
          // Schema and one batch: where either is damaged the file is of no use.
          const messages = [...messagesOf(await readFile(path))].slice(0, 2).filter((message) => message !== null);
          if (messages.length < 2) continue;
          const { relevanceFrom } = await import('./relevance-arrow');
          for (const [key, relevance] of relevanceFrom(Buffer.concat(messages))) all.set(key, relevance);
          // Used: it is not the oldest any more.
          await utimes(path, new Date(), new Date());
        } catch (error) {
          log(`${path} is not used: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      return all;
    },
    async keep(settings, rows) {
      if (rows.size === 0) return;
      const own = join(folder, settings);
      const path = join(own, `relevance.${randomBytes(6).toString('hex')}.arrows`);
      const bytes = [...rows.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
      try {
        const there = await filesOf(own);
        if (there.reduce((sum, file) => sum + file.bytes, bytes) > MOST_OF_ONE) return;
        await mkdir(own, { recursive: true });
        await makeRoom(folder, MOST_BYTES - bytes, path);
        const { relevanceStream } = await import('./relevance-arrow');
        const { schema, batch } = sealed(relevanceStream(rows));
        await writeFile(path, Buffer.concat([schema, batch]));
      } catch (error) {
        log(`relevance is not kept: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}
