/** `preprocessor_config.json` of the Hugging Face image processors. */
import { UserError } from '../../errors';
import type { ImageInputConfig } from '../../workspace/types';
import { asNumber, asObject, asString } from '../paths';
import type { JsonObject } from '../paths';

/** Pillow's numbers of the resampling filters. */
const filters = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;

/** For these a `size` that is one number is the shortest edge; for the others both edges. */
const shortestEdge = /CLIP|ConvNext|LeViT|MobileNetV|MobileViT|PoolFormer|VideoMAE|EfficientFormer|Bit/i;

/** Steps that change pixels in ways not known here. */
const unknownSteps = [
  'do_pad',
  'do_thumbnail',
  'do_align_long_axis',
  'rescale_offset',
  'do_image_splitting',
  'include_top',
];

/** ConvNeXt resizes from this edge on without cropping. */
const CROPLESS_EDGE = 384;

/** @throws UserError `unsupported-preprocessor`, naming the key. */
export function parsePreprocessorConfig(json: unknown): ImageInputConfig {
  const config = asObject(json);
  if (config === null)
    throw new UserError('unsupported-preprocessor', 'the preprocessor configuration is not a JSON object');
  const step = unknownSteps.find((key) => config[key] === true);
  if (step !== undefined) throw unsupported(step, 'true');
  const resample = asNumber(config['resample']);
  const rescale = config['do_rescale'] === false ? 1 : asNumber(config['rescale_factor']);
  const normalised = config['do_normalize'] !== false;
  const mean = normalised ? numbers(config['image_mean']) : undefined;
  const std = normalised ? numbers(config['image_std']) : undefined;
  return {
    kind: 'image',
    ...geometry(config),
    ...(resample === undefined ? {} : { resample: filterOf(resample) }),
    ...(rescale === undefined ? {} : { rescale }),
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
    ...(config['do_flip_channel_order'] === true ? { colour: 'BGR' as const } : {}),
  };
}

function geometry(config: JsonObject): Pick<ImageInputConfig, 'resize' | 'centerCrop'> {
  const cropSize =
    config['do_center_crop'] === true ? (exact(config['crop_size']) ?? exact(config['size'])) : undefined;
  const crop = cropSize ?? (false as const);
  if (config['do_resize'] === false) return { resize: false, centerCrop: crop };
  const size = config['size'];
  const object = asObject(size);
  if (object?.['longest_edge'] !== undefined || object?.['max_height'] !== undefined)
    throw unsupported('size', JSON.stringify(size));
  const edge = asNumber(object?.['shortest_edge']) ?? (isShortest(config) ? asNumber(size) : undefined);
  const percent = asNumber(config['crop_pct']);
  if (edge !== undefined && percent !== undefined)
    return edge < CROPLESS_EDGE
      ? { resize: { shortestEdge: Math.trunc(edge / percent) }, centerCrop: { width: edge, height: edge } }
      : { resize: { width: edge, height: edge }, centerCrop: false };
  if (edge !== undefined) return { resize: { shortestEdge: edge }, centerCrop: crop };
  const resize = exact(size);
  return resize === undefined ? { centerCrop: crop } : { resize, centerCrop: crop };
}

function isShortest(config: JsonObject): boolean {
  const name = asString(config['image_processor_type']) ?? asString(config['feature_extractor_type']) ?? '';
  return shortestEdge.test(name);
}

/** `{ height, width }`, a number, or `[height, width]`. */
function exact(size: unknown): { readonly width: number; readonly height: number } | undefined {
  const side = asNumber(size);
  if (side !== undefined) return { width: side, height: side };
  const [first, second] = Array.isArray(size) ? size.map(asNumber) : [];
  if (first !== undefined && second !== undefined) return { width: second, height: first };
  const object = asObject(size);
  const width = asNumber(object?.['width']);
  const height = asNumber(object?.['height']);
  return width === undefined || height === undefined ? undefined : { width, height };
}

function numbers(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const list = value.map(asNumber).filter((item) => item !== undefined);
  return list.length === value.length ? list : undefined;
}

function filterOf(code: number): (typeof filters)[number] {
  const filter = filters[code];
  if (filter === undefined) throw unsupported('resample', String(code));
  return filter;
}

function unsupported(key: string, value: string): UserError {
  return new UserError('unsupported-preprocessor', `the preprocessor's "${key}": ${value} is not supported`, {
    where: 'preprocessor_config.json',
    next: 'describe the preprocessing under "input": "resize", "centerCrop", "rescale", "mean", "std"',
  });
}
