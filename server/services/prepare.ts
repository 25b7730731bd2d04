/** From a request to tensors: what predicting and explaining have in common. */
import { UserError } from '../errors';
import { windowNote } from '../protocol/features';
import { guessColumns, markColumns, withoutClasses } from '../workspace/guess';
import { toUri } from '../workspace/uris';
import { chooseModel } from './choose';
import { goldOf, noGoldClass } from './classes';
import { hashOfFeeds } from './cache';
import { openGold } from './gold';
import { inferInput } from './inferInput';
import { modelRef, modelWarnings } from './load';
import { givesQuantities, goldQuantity, onlyColumn, unreadGold, withColumnName } from './quantities';
import type { OpenDataset } from '../dataset/record';
import { choosePosition, positionFeed, predictsTokens, withTokenLabels } from './positions';
import type { Compute } from '../compute/types';
import type { RawSample } from '../dataset/types';
import type { Feeds } from '../engine/types';
import type { EncodedSample, InputEncoder } from '../input/types';
import type { GoldLabel, ModelRef, Positions, PredictRequest, SampleAddress, SourceSpan, Warning } from '../protocol';
import type { ColumnSample } from '../workspace/guess';
import type { DatasetConfig, InputConfig } from '../workspace/types';
import type { ChooseContext, ChosenModel } from './choose';
import type { Gold } from './gold';
import type { LoadedModel, ModelLoader } from './load';

/** Samples of files, as `dataset/` reads them. */
export interface SampleSource {
  sample(address: SampleAddress, dataset: DatasetConfig | null): Promise<RawSample>;
  /** Columns with a few first values; null for files without any. */
  columns(address: SampleAddress, dataset: DatasetConfig | null): Promise<readonly ColumnSample[] | null>;
  /** Records of a file, and a mark that changes with an open document. */
  extent(uri: string, dataset: DatasetConfig | null): Promise<{ readonly count: number; readonly stamp: string }>;
  /** A file of records as it is now. */
  records(uri: string, dataset: DatasetConfig | null): Promise<OpenDataset>;
}

/** An input encoder with the call that differs between kinds. */
export interface SampleEncoder extends InputEncoder {
  encode(sample: RawSample, window: number): Promise<EncodedSample>;
  /** The feeds of `encode` for the first window, without features: for many samples. */
  readonly feeds?: (sample: RawSample) => Promise<Feeds>;
  /** Names everything the encoder was made from: part of cache keys. */
  readonly key: string;
}

export interface EncoderSource {
  /** @param text Column (or key) with the text, for records read by a text model. */
  encoder(model: LoadedModel, input: InputConfig, text: string | null, address: SampleAddress): Promise<SampleEncoder>;
}

export interface PrepareContext extends ChooseContext {
  readonly compute: Pick<Compute, 'predict'>;
  readonly loader: ModelLoader;
  readonly samples: SampleSource;
  readonly encoders: EncoderSource;
  readonly engine: string | null;
  /** Called with the URI of every file an answer was made from. */
  readonly uses: (uri: string) => void;
}

export interface Prepared {
  readonly model: LoadedModel;
  readonly ref: ModelRef;
  readonly sample: RawSample;
  readonly encoder: SampleEncoder;
  readonly encoded: EncodedSample;
  /** Hash of the model's input tensors. */
  readonly feedsHash: string;
  readonly gold: GoldLabel | null;
  readonly goldSource: SourceSpan | null;
  /** Only for models that predict at every position. */
  readonly positions?: Positions;
  readonly warnings: readonly Warning[];
}

export async function prepare(
  context: PrepareContext,
  request: PredictRequest & { readonly engine?: string | null },
  signal?: AbortSignal,
): Promise<Prepared> {
  const chosen = await chooseModel(context, request.address, request.model);
  const { dataset } = chosen;
  if ('uri' in request.address) context.uses(request.address.uri);
  const sample = await context.samples.sample(request.address, dataset);
  const loaded = await context.loader.load(chosen, request.engine ?? context.engine, signal);
  usesModel(context, loaded);
  const { encoder, gold: labels, guessed } = await encoderFor(context, loaded, request.address, sample.kind);
  const column = onlyColumn(labels.columns);
  const plain = await encodeHere(encoder, sample, request.window ?? 0);
  const model =
    encoder.vocabulary !== undefined && predictsTokens(loaded)
      ? withTokenLabels(loaded, encoder.vocabulary())
      : withColumnName(loaded, column);
  const { encoded, positions } = await atOnePosition(context, model, plain, request.position, sample.ref.title, signal);
  const said = labels.label(sample);
  const gold = givesQuantities(model) ? goldQuantity(said, column, model) : goldOf(said, model.labels);
  return {
    model,
    ref: modelRef(model, encoder.kind),
    ...(positions === null ? {} : { positions }),
    sample,
    encoder,
    encoded,
    feedsHash: hashOfFeeds(encoded.feeds),
    gold,
    goldSource: gold === null ? null : labels.place(sample),
    warnings: [
      ...modelWarnings(model),
      ...guessed,
      ...truncation(encoded),
      ...(givesQuantities(model) ? unreadGold(gold, model) : unknownGold(gold, model)),
    ],
  };
}

/** An answer is made from the files of a model: when they change, it is of before. */
export function usesModel({ uses }: Pick<PrepareContext, 'uses'>, { chosen, summary }: LoadedModel): void {
  const { model, config, tokenizer, preprocessor, vocabulary, labels } = chosen.files;
  for (const path of [model, config, tokenizer, preprocessor, vocabulary, labels, ...summary.dataFiles])
    if (path !== null) uses(toUri(path));
}

/** For models that predict at every position: the sample with the position that is meant among its feeds. */
async function atOnePosition(
  context: PrepareContext,
  model: LoadedModel,
  encoded: EncodedSample,
  asked: number | string | undefined,
  title: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly encoded: EncodedSample; readonly positions: Positions | null }> {
  if (!model.summary.output.positions) {
    if (asked === undefined) return { encoded, positions: null };
    throw new UserError('no-positions', 'The model gives one prediction for the whole sample', {
      where: title,
      next: 'leave the position out',
    });
  }
  const { everywhere = [] } = await context.compute.predict(
    { model: model.source, feeds: encoded.feeds, labels: [], everywhere: true },
    signal === undefined ? {} : { signal },
  );
  const positions = choosePosition(model, encoded, everywhere, asked);
  return { encoded: { ...encoded, feeds: { ...encoded.feeds, ...positionFeed(positions) } }, positions };
}

/** An encoder knows what is wrong with a sample, not which one it was. */
async function encodeHere(encoder: SampleEncoder, sample: RawSample, window: number): Promise<EncodedSample> {
  try {
    return await encoder.encode(sample, window);
  } catch (error) {
    const { title } = sample.ref;
    if (!(error instanceof UserError) || `${error.what} ${error.where ?? ''}`.includes(title)) throw error;
    const { code, what, where, next, uri, range, cause } = error;
    throw new UserError(code, what, {
      where: where === undefined ? title : `${title}: ${where}`,
      ...(next === undefined ? {} : { next }),
      ...(uri === undefined ? {} : { uri }),
      ...(range === undefined ? {} : { range }),
      cause,
    });
  }
}

/** The encoder for samples at an address, with the columns that were meant or guessed. */
export async function encoderFor(
  context: PrepareContext,
  model: LoadedModel,
  address: SampleAddress,
  kind: RawSample['kind'],
): Promise<{
  readonly encoder: SampleEncoder;
  readonly gold: Gold;
  /** Column with the text, for records read by a text model. */
  readonly text: string | null;
  readonly guessed: readonly Warning[];
}> {
  const { dataset } = model.chosen;
  const columns = kind === 'record' ? await context.samples.columns(address, dataset) : null;
  const quantities = givesQuantities(model);
  // Of several columns named after classes none holds the name of a class.
  const guess = guessColumns(quantities ? (columns ?? []) : withoutClasses(columns ?? [], model.labels), quantities);
  const marks = quantities ? [] : markColumns(columns ?? [], model.labels);
  const label = [dataset?.label ?? (marks.length > 0 ? marks : (guess.label ?? []))].flat();
  const input = inferInput(model.chosen, model.summary, columns, label, kind === 'tensors');
  const text = textColumn(model.chosen, input, columns, guess.text);
  const encoder = await context.encoders.encoder(model, input, text.column, address);
  const gold = await openGold(context, model.chosen, kind === 'record' ? label : [], model.labels);
  return { encoder, gold, text: text.column, guessed: text.warnings };
}

function textColumn(
  { dataset }: ChosenModel,
  input: InputConfig,
  columns: readonly ColumnSample[] | null,
  guessed: string | undefined,
): { readonly column: string | null; readonly warnings: readonly Warning[] } {
  if (input.kind !== 'text' || columns === null) return { column: null, warnings: [] };
  const named = dataset?.text ?? (columns.length === 1 ? columns[0]?.name : undefined);
  if (named !== undefined) return { column: named, warnings: [] };
  if (guessed === undefined)
    throw new UserError('text-column-unclear', 'It is not clear which column holds the text.', {
      next: `Name it: "text" in the dataset's entry of model-blame.json. Columns: ${columns.map(({ name }) => name).join(', ')}.`,
    });
  const message = `Column "${guessed}" was read as the text, by its name or its values.`;
  return { column: guessed, warnings: [{ code: 'guessed-column', message }] };
}

function truncation({ features }: EncodedSample): Warning[] {
  const note = features.kind === 'tokens' ? windowNote(features) : null;
  return note === null ? [] : [{ code: 'truncated', message: `${note}.` }];
}

function unknownGold(gold: GoldLabel | null, model: LoadedModel): Warning[] {
  if (gold?.class !== null || model.labels.length === 0) return [];
  return [noGoldClass(gold.label, model.labels)];
}
