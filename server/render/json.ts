/** Results as JSON: relevance as plain numbers, pictures as base64 (`{ "$u8": … }`, as on the wire). */
import type { Explanation, Prediction } from '../protocol';

/** The Explanation; every float32 is printed so that reading it back gives the same float32. */
export function explanationJson(explanation: Explanation): string {
  return `${JSON.stringify(explanation, plain, 2)}\n`;
}

export function predictionJson(prediction: Prediction): string {
  return `${JSON.stringify(prediction, plain, 2)}\n`;
}

/** Any other result. */
export function resultJson(result: object): string {
  return `${JSON.stringify(result, plain, 2)}\n`;
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Float32Array) return Array.from(value);
  if (value instanceof Uint8ClampedArray || value instanceof Uint8Array)
    return { $u8: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  return value;
}
