/** A picture to a tensor of pixels. */
import type { Files } from '../../dataset';
import { UserError } from '../../errors';
import type { ImageInputConfig } from '../../workspace/types';
import { tensorOf, valuesOf } from '../model-input';
import type { EncoderOptions, InputSpec } from '../model-input';
import { readJson, resolveUri } from '../paths';
import type { Baseline, BaselineOptions, EncodedSample, InputEncoder } from '../types';
import { channelBounds, filled } from './bounds';
import type { ChannelBounds } from './bounds';
import { imageBaselines } from './baselines';
import { decodePicture } from './decode';
import { place } from './geometry';
import { layoutOf } from './layout';
import type { Layout } from './layout';
import { normalisationOf, toNumbers } from './normalise';
import { parsePreprocessorConfig } from './preprocessor';
import { toGray, toRgb, toRgba } from './raster';

export interface ImageInputEncoder extends InputEncoder {
  readonly kind: 'image';
  /** @param uri Where the picture lies, null when nowhere. */
  encode(bytes: Uint8Array, uri: string | null): Promise<EncodedSample>;
  baseline(sample: EncodedSample, id: string, options: BaselineOptions): Baseline;
  /**
   * The smallest and largest number a pixel can have, one pair per channel in the model's order:
   * black and white after normalisation.
   */
  readonly bounds: readonly ChannelBounds[];
}

/**
 * @param modelInputs The model's only input: [N, C, H, W], [N, H, W, C], [N, H, W] or [N, pixels].
 * @throws UserError when the preprocessing does not fit the model.
 */
export async function createImageEncoder(
  given: ImageInputConfig,
  modelInputs: readonly InputSpec[],
  files: Files,
  options: EncoderOptions = {},
): Promise<ImageInputEncoder> {
  const config = await complete(given, files, options);
  const { input, ...layout } = layoutOf(modelInputs, config);
  const normalisation = normalisationOf(config, layout, input);
  const bounds = channelBounds(normalisation);
  return {
    kind: 'image',
    baselines: imageBaselines.map((baseline) => baseline.info),
    bounds,
    async encode(bytes, uri) {
      const name = uri === null ? 'the picture' : decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
      const decoded = await decodePicture(bytes, { exifOrientation: config.exifOrientation === true, name });
      const coloured = layout.channels === 1 ? toGray(decoded) : toRgb(decoded);
      const { raster, placement } = place(coloured, config, layout);
      const { width, height } = raster;
      const values = toNumbers(raster, layout, normalisation);
      return {
        feeds: { [input.name]: tensorOf(input.type.dtype, values, layout.dims(width, height)) },
        features: {
          kind: 'pixels',
          width,
          height,
          channels: layout.channels,
          picture: toRgba(raster),
          original: { width: decoded.width, height: decoded.height },
          placement,
          uri,
        },
        count: width * height,
        featureOf: { [input.name]: pixelOf(layout, width * height) },
        fixed: new Set(),
        bounds: { [input.name]: filled(bounds, input.type.dtype, layout, width, height) },
      };
    },
    baseline(sample, id, baselineOptions) {
      const baseline = imageBaselines.find((item) => item.info.id === id);
      if (baseline === undefined)
        throw new UserError('no-such-baseline', `pictures have no baseline “${id}”`, {
          next: `choose one of ${imageBaselines.map((item) => item.info.id).join(', ')}`,
        });
      const tensor = sample.feeds[input.name];
      if (tensor === undefined || sample.features.kind !== 'pixels') throw new Error('not a picture');
      const { width, height } = sample.features;
      const pixels = { values: valuesOf(tensor), width, height, layout, normalisation };
      const feeds = baseline
        .make(pixels, baselineOptions)
        .map((values) => ({ [input.name]: tensorOf(tensor.dtype, values, tensor.dims) }));
      return { id, label: baseline.info.label, kind: 'feeds', feeds };
    },
  };
}

/** The preprocessor file first, what the person wrote over it. */
async function complete(config: ImageInputConfig, files: Files, options: EncoderOptions): Promise<ImageInputConfig> {
  if (config.preprocessor === undefined) return config;
  const json = await readJson(resolveUri(config.preprocessor, options), files);
  return { ...parsePreprocessorConfig(json), ...config };
}

function pixelOf(layout: Layout, pixels: number): Int32Array {
  const features = new Int32Array(pixels * layout.channels);
  for (let at = 0; at < features.length; at++)
    features[at] = layout.order === 'NCHW' ? at % pixels : Math.floor(at / layout.channels);
  return features;
}
