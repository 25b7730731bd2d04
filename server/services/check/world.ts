/** What checks may ask, answered by the services. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../errors';
import { fileName } from '../../dataset';
import { parseAddress } from '../../dataset/address';
import { decodePicture } from '../../input/image/decode';
import { followPath, pathProblem } from '../../workspace/paths';
import { workspaceOf } from '../choose';
import { scoresOf } from '../predict';
import { encoderFor, prepare } from '../prepare';
import { needsClasses } from '../quantities';
import { editedCopies } from './edited';
import { nameOf } from './name';
import { explainer } from './explained';
import { identityOf, openSlice } from './slice';
import type { CheckWorld, Predicted, Variant } from '../../checks/types';
import type { ClassScore, SampleAddress } from '../../protocol';
import type { OneSample } from '../../workspace/checkTypes';
import type { ExplainContext } from '../explain';
import type { RelevanceContext } from '../patterns/pieces';
import type { StoredContext } from '../survey/silent';
import type { Ground } from './ground';

export type CheckContext = ExplainContext & StoredContext & RelevanceContext;

/**
 * @param model Name or path; null: the dataset's.
 * @param needs What it is that makes no sense of quantities; null: it does.
 */
export function checkWorld(
  context: CheckContext,
  ground: Ground,
  model: string | null,
  needs: string | null,
): CheckWorld {
  const pathOf = (written: string): { readonly path: string; readonly there: boolean } => {
    const followed = followPath(written, ground.folder, ground.policy);
    if (followed.kind !== 'outside') return { path: followed.path, there: followed.kind === 'found' };
    const problem = pathProblem(written, followed);
    throw new UserError('path-outside-workspace', problem?.message ?? '', { next: problem?.next ?? '' });
  };
  const predicted = async (address: SampleAddress): ReturnType<CheckWorld['one']> => {
    const prepared = await prepare(context, { address, model });
    if (needs !== null) needsClasses(prepared.model, needs);
    const { scores } = await scoresOf(context, prepared, {});
    const { sample, gold } = prepared;
    const [best] = scores;
    const found: Predicted = {
      address: sample.ref.address,
      name: nameOf(sample.ref, ground.folder),
      line: sample.ref.span?.line ?? null,
      gold,
      class: best?.class ?? 0,
      probability: best?.probability ?? best?.logit ?? best?.value ?? 0,
      identity: () => Promise.resolve(identityOf(sample, prepared.model.chosen.dataset?.id ?? null)),
    };
    const { labels, chosen } = prepared.model;
    return {
      sample: found,
      probabilities: byClass(scores),
      labels,
      model: chosen.name,
      explain: explainer(context, model),
    };
  };
  return {
    slice: (config, holds = null) => openSlice(context, ground, { model, needs }, config, holds),
    one: (sample) => predicted(addressOf(sample, pathOf)),
    async variants(address, replacements, { signal }) {
      const { model: loaded, sample, encoder } = await prepare(context, { address, model });
      const { text } = await encoderFor(context, loaded, address, sample.kind);
      const copies = editedCopies(sample, text, replacements);
      if (copies.length === 0) return [];
      const rows = await Promise.all(copies.map(async (copy) => (await encoder.encode(copy.sample, 0)).feeds));
      const { probabilities } = await context.compute.probabilities(
        { model: loaded.source, rows },
        signal === undefined ? {} : { signal },
      );
      return copies.map(({ edit }, index): Variant => {
        const row = probabilities[index] ?? [];
        return { edit: edit.words, class: row.indexOf(Math.max(...row)), probabilities: row };
      });
    },
    async hasColumns(address, columns) {
      const { dataset } = await workspaceOf(context, address);
      const names = (await context.samples.columns(address, dataset))?.map(({ name }) => name);
      const missing = columns.find((column) => names?.includes(column) === false);
      if (names === undefined || missing === undefined) return;
      throw new UserError('column-missing', `There is no column "${missing}".`, {
        where: 'uri' in address ? fileName(address.uri) : '',
        next: `Columns: ${names.join(', ')}.`,
      });
    },
    async picture(written) {
      const { path, there } = pathOf(written);
      if (!there) throw missing(written, path);
      const { width, height, channels, data } = await decodePicture(await readFile(path), {
        exifOrientation: false,
        name: fileName(path),
      });
      // Light means light in any channel: masks are drawn in grey, or in one colour on black.
      const grey = Uint8Array.from({ length: width * height }, (_, pixel) =>
        Math.max(...data.subarray(pixel * channels, (pixel + 1) * channels)),
      );
      return { width, height, grey };
    },
    async read(written) {
      const { path, there } = pathOf(written);
      return there ? readFile(path, 'utf8') : null;
    },
    async write(written, text) {
      const { path } = pathOf(written);
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text);
      } catch (cause) {
        throw new UserError('cannot-write', 'The file of accepted mistakes cannot be written.', {
          where: path,
          next: 'Choose another place for "accepted".',
          cause,
        });
      }
    },
  };
}

function addressOf({ sample, text }: OneSample, pathOf: (written: string) => { readonly path: string }): SampleAddress {
  if (text !== undefined) return { kind: 'text', text };
  const written = sample ?? '';
  const row = /^(?<file>.+)[:#]\d+$/s.exec(written)?.groups;
  const { path } = pathOf(row?.['file'] ?? written);
  return parseAddress(row === undefined ? path : `${path}${written.slice((row['file'] ?? '').length)}`, dirname(path));
}

/** Probabilities in the order of the classes. */
function byClass(scores: readonly ClassScore[]): readonly number[] {
  return [...scores]
    .sort((a, b) => a.class - b.class)
    .map(({ probability, logit, value }) => probability ?? logit ?? value ?? 0);
}

function missing(written: string, path: string): UserError {
  return new UserError('file-not-found', `"${written}" does not exist.`, {
    where: path,
    next: 'Paths are relative to model-blame.json.',
  });
}
