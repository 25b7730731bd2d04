/** The services behind both front doors. */
import { existsSync } from 'node:fs';
import { canonicalUri, diskFiles, overlay } from '../dataset';
import { assemble } from './create';
import { encoderSource } from './encode';
import { sampleSource } from './samples';
import { toUri } from '../workspace/uris';
import type { ReadText } from '../workspace/locate';
import type { ServerServices } from './create';
import type { ServicesOptions } from './state';

export type { ServerServices } from './create';
export type { LogLevel, ServicesOptions } from './state';
export type { RequestOptions, Services } from './types';

/**
 * @param options.folders Absolute paths of the workspace folders.
 * @param options.compute Runs the models: in this process (`localCompute`) or in one of its own (`forkedCompute`).
 */
export function createServices(options: ServicesOptions): ServerServices {
  const files = overlay(options.files ?? diskFiles());
  const open = new Set<string>();
  const read: ReadText = async (path) => {
    const uri = toUri(path);
    if (!open.has(canonicalUri(uri)) && !existsSync(path)) return null;
    return new TextDecoder().decode((await files.read(uri)).bytes);
  };
  return assemble(options, {
    samples: sampleSource(files),
    encoders: encoderSource(files),
    read,
    document: (uri, text, version) => {
      if (text === null) open.delete(canonicalUri(uri));
      else open.add(canonicalUri(uri));
      files.document(uri, text, version);
    },
  });
}
