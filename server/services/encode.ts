/** Encoders for every kind of input, kept while the files they were made from stay the same. */
import { LRUCache } from 'lru-cache';
import { UserError } from '../errors';
import { fieldNamed } from '../dataset';
import { createImageEncoder, createTableEncoder, createTensorEncoder, createTextEncoder } from '../input';
import { inputPaths } from '../workspace/diagnose';
import { followPath, pathProblem } from '../workspace/paths';
import { problemError } from '../workspace/problem';
import { toUri } from '../workspace/uris';
import { keyOf } from './cache';
import { typicalOf, typicalSource } from './typical';
import type { Files, RawSample, SourceText } from '../dataset/types';
import type { InputConfig } from '../workspace/types';
import type { LoadedModel } from './load';
import type { EncoderSource, SampleEncoder } from './prepare';
import type { TypicalSource } from './typical';

export function encoderSource(files: Files): EncoderSource {
  const kept = new LRUCache<string, SampleEncoder>({ max: 16 });
  return {
    async encoder(model, input, text, address) {
      checkPaths(model);
      const typical = input.kind === 'table' ? await typicalSource(model.chosen, input, address) : null;
      const key = keyOf(model.state, model.summary.hash, input, text, model.chosen.workspace?.folder ?? null, typical);
      const known = kept.get(key);
      if (known !== undefined) return known;
      const fresh = { ...(await create(model, input, text, typical, files)), key };
      kept.set(key, fresh);
      return fresh;
    },
  };
}

async function create(
  model: LoadedModel,
  input: InputConfig,
  column: string | null,
  typical: TypicalSource | null,
  files: Files,
): Promise<Omit<SampleEncoder, 'key'>> {
  const { workspace } = model.chosen;
  const { inputs } = model.summary;
  const options = workspace === null ? {} : { base: toUri(workspace.folder) };
  switch (input.kind) {
    case 'text': {
      const rows = model.summary.entries.find((entry) => entry.rows !== undefined)?.rows;
      const [text] = model.summary.texts ?? [];
      const sized = {
        ...options,
        ...(rows === undefined ? {} : { vocabularySize: rows }),
        ...(text === undefined ? {} : { vectorization: text }),
      };
      const encoder = await createTextEncoder(input, inputs, files, sized);
      return {
        ...encoder,
        encode: (sample, window) => encoder.encode(textOf(sample, column), window),
        feeds: (sample) => encoder.feeds(textOf(sample, column)),
      };
    }
    case 'image': {
      const encoder = await createImageEncoder(input, inputs, files, options);
      return {
        ...encoder,
        encode: (sample) => {
          if (sample.kind !== 'picture') throw wrongKind(sample, input.kind);
          const { address } = sample.ref;
          return encoder.encode(sample.bytes, 'uri' in address ? address.uri : null);
        },
      };
    }
    case 'table': {
      const { texts = [] } = model.summary;
      const values = typical === null ? {} : { typical: await typicalOf(typical, input, files) };
      const encoder = createTableEncoder(input, inputs, { texts, ...values });
      return {
        ...encoder,
        encode: (sample) => {
          if (sample.kind !== 'record') throw wrongKind(sample, input.kind);
          return Promise.resolve(encoder.encode(sample));
        },
      };
    }
    case 'tensor': {
      const encoder = createTensorEncoder(inputs);
      return {
        ...encoder,
        encode: (sample) => {
          if (sample.kind !== 'tensors') throw wrongKind(sample, input.kind);
          return Promise.resolve(encoder.encode(sample));
        },
      };
    }
  }
}

function textOf(sample: RawSample, column: string | null): SourceText {
  if (sample.kind === 'text') return sample.text;
  if (sample.kind === 'record' && column !== null) return fieldNamed(sample, column);
  throw wrongKind(sample, 'text');
}

function wrongKind(sample: RawSample, kind: InputConfig['kind']): UserError {
  const names = { record: 'a row', text: 'text', picture: 'a picture', tensors: 'a tensor' } as const;
  const wants = { text: 'text', image: 'pictures', table: 'table rows', tensor: 'tensors (.npy files)' } as const;
  return new UserError('wrong-sample', `The model reads ${wants[kind]}, and this is ${names[sample.kind]}.`, {
    where: sample.ref.title,
    next: 'Choose another model or another sample.',
  });
}

/** Files named by the workspace file: there, and inside an untrusted workspace. */
function checkPaths({ chosen }: LoadedModel): void {
  const { workspace, config, name, policy } = chosen;
  if (workspace === null || config === null) return;
  for (const { key, value } of inputPaths(config)) {
    if (value === undefined) continue;
    const problem = pathProblem(value, followPath(value, workspace.folder, policy));
    const range = workspace.rangeOf(['models', name, 'input', key]);
    if (problem !== null) throw problemError(workspace.uri, { ...problem, severity: 'error', range });
  }
}
