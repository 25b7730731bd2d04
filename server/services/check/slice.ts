/** A dataset or a part of it, predicted as surveys are: what is known by content of model and row is not predicted again. */
import { UserError } from '../../errors';
import { predictedClass, confidenceOf, state } from '../../survey/predictions';
import { goldClass } from '../../workspace/labels';
import { toUri } from '../../workspace/uris';
import { firstSample } from '../addresses';
import { chooseModel } from '../choose';
import { goldOf, resolveTarget } from '../classes';
import { filesOf } from '../population/files';
import { usesModel } from '../prepare';
import { needsClasses, onlyColumn, withColumnName } from '../quantities';
import { addressAt, openParts } from '../survey/parts';
import { breathing } from '../../survey/slices';
import { surveySilently } from '../survey/silent';
import { explainer } from './explained';
import { nameAt } from './name';
import { fits } from './where';
import type { CheckOptions, Predicted, Slice } from '../../checks/types';
import type { RawSample } from '../../dataset/types';
import type { SliceConfig } from '../../workspace/checkTypes';
import type { LoadedModel } from '../load';
import type { Part } from '../survey/parts';
import type { Sheet } from '../survey/run';
import type { StoredContext } from '../survey/silent';
import type { CheckContext } from './world';
import type { Ground } from './ground';

export async function openSlice(
  context: CheckContext,
  ground: Ground,
  asked: { readonly model: string | null; readonly needs: string | null },
  config: SliceConfig,
  holds: RegExp | null,
): Promise<Slice> {
  const paths = await filesOf(config.dataset, ground.folder, ground.policy);
  const first = toUri(paths[0] ?? ground.folder);
  const begin = firstSample(first);
  const chosen = await chooseModel(context, begin, asked.model);
  const loaded = await context.loader.load(chosen, context.engine);
  const model = withColumnName(loaded, onlyColumn([chosen.dataset?.label ?? []].flat()));
  if (asked.needs !== null) needsClasses(model, asked.needs);
  usesModel(context, model);
  const wanted = classesNamed(config.predicted, model.labels);
  return {
    model: chosen.name,
    labels: model.labels,
    // Files of the slice may belong to entries that name other models.
    explain: explainer(context, chosen.config === null ? chosen.files.model : chosen.name),
    async *predictions(options) {
      const parts = await openParts(context, model, paths, breathing(options.signal));
      const sheet = await surveySilently(context, model, parts, config.dataset, options);
      yield* chosenOf(context, ground, model, parts, sheet, { ...config, wanted }, holds, options);
    },
  };
}

async function* chosenOf(
  context: StoredContext,
  ground: Ground,
  model: LoadedModel,
  parts: readonly Part[],
  { predictions, line, problems }: Sheet,
  config: SliceConfig & { readonly wanted: ReadonlySet<number> | null },
  holds: RegExp | null,
  { signal }: CheckOptions,
): AsyncGenerator<Predicted> {
  const { labels } = model;
  const gold = config.gold === undefined ? null : [config.gold].flat();
  // Named as the file spells them, or as the model does.
  const classes = new Set(gold?.map((name) => goldClass(name, labels)));
  const isWanted = (index: number, label: string | null): boolean =>
    gold === null || (index >= 0 && classes.has(index)) || (label !== null && gold.includes(label));
  const { wanted } = config;
  const breathe = breathing(signal);
  for (const part of parts)
    for (let at = part.first; at < part.first + part.count; at += 1) {
      await breathe();
      const address = addressAt(parts, at);
      const read = (): Promise<RawSample> => context.samples.sample(address, part.dataset);
      const index = predictions.gold[at] as number;
      // A label that is none of the classes is known to the file alone, and so is how the others are spelled.
      const spelled = index < 0 || !isWanted(index, null) ? part.gold.label(await read()) : null;
      if (!isWanted(index, spelled)) continue;
      const label = index >= 0 ? (labels[index] ?? `class ${index}`) : spelled;
      if (config.where !== undefined && !fits(await read(), config.where)) continue;
      if (holds !== null && textIn(await read(), part).search(holds) === -1) continue;
      if (predictions.state[at] !== state.predicted)
        throw new UserError('unreadable', problems.get(at) ?? 'A sample was not predicted.', {
          next: 'Correct it, or leave it out with "where".',
        });
      const said = predictedClass(predictions, at);
      if (wanted?.has(said) === false) continue;
      const begins = line[at] === 0 ? null : (line[at] as number);
      yield {
        address,
        name: nameAt(address, begins, ground.folder),
        line: begins,
        gold: index >= 0 ? { label: label ?? '', class: index } : goldOf(label, labels),
        class: said,
        probability: confidenceOf(predictions, at),
        identity: async () => identityOf(await read(), part.dataset?.id ?? null),
      };
    }
}

/** Class indices of `predicted`; null where it is left out. @throws UserError `unknown-class`. */
function classesNamed(names: SliceConfig['predicted'], labels: readonly string[]): ReadonlySet<number> | null {
  if (names === undefined) return null;
  const classes = [names].flat().map((name) => resolveTarget({ kind: 'class', class: name }, labels));
  return new Set(classes.map((target) => (target.kind === 'predicted' ? -1 : Number(target.class))));
}

export function identityOf(
  sample: RawSample,
  id: string | null,
): { readonly id: string | null; readonly hash: string } {
  const field = id === null || sample.kind !== 'record' ? undefined : sample.fields.find(({ name }) => name === id);
  return { id: field?.text ?? null, hash: sample.ref.contentHash };
}

/** Text that a model reads of a sample; of several columns, one a line. */
function textIn(sample: RawSample, part: Part): string {
  if (sample.kind === 'text') return sample.text.text;
  if (sample.kind === 'record' && part.encoder.kind === 'text' && part.text !== null)
    return sample.fields.find(({ name }) => name === part.text)?.text ?? '';
  const { texts = [] } = part.encoder;
  if (sample.kind === 'record' && texts.length > 0)
    return sample.fields.flatMap(({ name, text }) => (texts.includes(name) ? [text] : [])).join('\n');
  throw new UserError('no-text', 'The check looks for words, and the model does not read text.', {
    where: sample.ref.title,
    next: 'Write "columns", "region" or "mask", or choose another dataset.',
  });
}
