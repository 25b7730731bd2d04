/** The sample that the arguments name. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { notFound, parseAddress, toFile } from '../dataset/address';
import type { SampleAddress } from '../protocol';
import { pair, wrongUse } from './options';
import type { Syntax, Values } from './options';

/** The one sample that the arguments name: an address, `--text` or `--tensor`. */
export function sampleAddress(
  positionals: readonly string[],
  values: Values,
  cwd: string,
  command: Syntax,
): SampleAddress {
  const text = values.one('text');
  const tensors = values.all('tensor');
  const given = [positionals.length > 0, text !== undefined, tensors.length > 0].filter(Boolean).length;
  if (given === 0) throw wrongUse('no sample is given', command);
  if (given > 1) throw wrongUse('give one of SAMPLE, --text and --tensor', command);
  if (text !== undefined) return { kind: 'text', text };
  if (tensors.length > 0) return tensorAddress(tensors, cwd, command);
  return parseAddress(positionals[0] ?? '', cwd);
}

function tensorAddress(tensors: readonly string[], cwd: string, command: Syntax): SampleAddress {
  const files: Record<string, string> = {};
  for (const given of tensors) {
    const [name, file] = pair(given, 'tensor', command);
    if (Object.hasOwn(files, name)) throw wrongUse('a model input is given twice', command, undefined, name);
    const path = toFile(file, cwd);
    if (!existsSync(path)) throw notFound(file);
    files[name] = pathToFileURL(path).href;
  }
  return { kind: 'tensors', files };
}
