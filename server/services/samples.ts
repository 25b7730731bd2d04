/** Samples and columns of files, through `dataset/`. */
import { describeDataset, hasRecords, readSample } from '../dataset';
import { opened, recordsOf } from '../dataset/read';
import { breathing } from '../survey/slices';
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
    records: async (uri, dataset) => recordsOf(uri, await opened(uri, files), readOptions(dataset)),
    async extent(uri, dataset) {
      const { content, index } = recordsOf(uri, await opened(uri, files), readOptions(dataset));
      // Walking once remembers the places of the records, and ends with their number.
      const breathe = breathing();
      for (const { record } of index.from(1)) if (record % 8 === 0) await breathe();
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
