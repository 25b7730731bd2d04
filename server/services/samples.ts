/** Samples and columns of files, through `dataset/`. */
import { describeDataset, hasRecords, readSample } from '../dataset';
import { recordsOf } from '../dataset/read';
import type { Files, ReadOptions } from '../dataset';
import type { DatasetConfig } from '../workspace/types';
import type { SampleSource } from './prepare';

export function sampleSource(files: Files): SampleSource {
  return {
    sample: (address, dataset) => readSample(address, files, readOptions(dataset)),
    async columns(address, dataset) {
      if (!('uri' in address) || !hasRecords(address.uri)) return null;
      const { columns, first } = await describeDataset(address.uri, files, readOptions(dataset));
      return columns.map((name) => ({
        name,
        values: first.flatMap(({ fields }) => fields.filter((field) => field.name === name).map(({ text }) => text)),
      }));
    },
    records: async (uri, dataset) => recordsOf(uri, await files.read(uri), readOptions(dataset)),
    async extent(uri, dataset) {
      const content = await files.read(uri);
      const { index } = recordsOf(uri, content, readOptions(dataset));
      return { count: index.count(), stamp: content.version === undefined ? '' : `open ${content.version}` };
    },
  };
}

export function readOptions(dataset: DatasetConfig | null): ReadOptions {
  return {
    ...(dataset?.delimiter === undefined ? {} : { delimiter: dataset.delimiter }),
    ...(dataset?.header === undefined ? {} : { header: dataset.header }),
  };
}
