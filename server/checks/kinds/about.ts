/** What a check looks at, in a few characters. */
import type { OneSample, SliceConfig } from '../../workspace/checkTypes';

export function aboutOne({ sample, text }: OneSample): string {
  return sample ?? `“${(text ?? '').slice(0, 40)}${(text ?? '').length > 40 ? '…' : ''}”`;
}

export function aboutAny(config: OneSample & Partial<SliceConfig>): string {
  return config.dataset ?? aboutOne(config);
}
