/** Gold labels of samples: columns of their records, a part of a picture's path, or a line of a labels file. */
import { basename, dirname } from 'node:path';
import { isFileUri, toPath } from '../workspace/uris';
import { readFields } from '../dataset/record';
import { labelIn, placeIn } from './labelColumns';
import { openLabelsFile } from './labelsFile';
import type { Field, RawSample } from '../dataset/types';
import type { SourceSpan } from '../protocol';
import type { ChosenModel } from './choose';
import type { LabelsFile } from './labelsFile';
import type { SampleSource } from './prepare';

/** What a label is read from: a record’s fields, or where a whole file lies. */
type Labelled = Pick<RawSample, 'ref'> & { readonly fields?: readonly Field[] };

export interface Gold {
  /** Columns of a record with its label, configured or guessed: one, or one a class; none where it is not known. */
  readonly columns: readonly string[];
  /** Where the labels of pictures are, when a file has them. */
  readonly file: LabelsFile | null;
  /** As it is spelled, several as `labelIn` writes them; null for a sample without a label. */
  label(sample: Labelled): string | null;
  /** The cell that it stands in; null where it is in a path, or in no one cell. */
  place(sample: Labelled): SourceSpan | null;
  /** The label of a file that is one sample, which need not be read. */
  labelOfFile(uri: string): string | null;
}

/** @throws UserError what `openLabelsFile` throws. */
export async function openGold(
  context: { readonly samples: SampleSource; readonly uses: (uri: string) => void },
  chosen: ChosenModel,
  columns: readonly string[],
  classes: readonly string[],
): Promise<Gold> {
  const { dataset } = chosen;
  const from = dataset?.labelFrom;
  const named = typeof from === 'object' && 'file' in from ? from : null;
  const file =
    dataset === null || named === null ? null : await openLabelsFile(context, chosen, dataset, named, classes);
  const pattern = typeof from === 'object' && 'pattern' in from ? new RegExp(from.pattern, 'u') : null;
  const labelOfFile = (uri: string): string | null => {
    if (!isFileUri(uri)) return null;
    if (file !== null) {
      const line = file.lines.get(file.nameOf(uri) ?? '');
      return line?.against === null ? line.label : null;
    }
    const path = toPath(uri);
    if (from === 'folder') return basename(dirname(path));
    return pattern?.exec(path.replaceAll('\\', '/'))?.[1] ?? null;
  };
  return {
    columns,
    file,
    label({ fields, ref: { address } }) {
      if (fields !== undefined) return labelIn(fields, columns);
      return address.kind === 'file' ? labelOfFile(address.uri) : null;
    },
    place({ fields, ref: { address } }) {
      if (fields !== undefined) return placeIn(fields, columns);
      if (file === null || address.kind !== 'file') return null;
      const line = file.lines.get(file.nameOf(address.uri) ?? '');
      const located = line === undefined ? null : file.records.index.record(line.record);
      return located === null ? null : placeIn(readFields(file.records, located).fields, file.columns);
    },
    labelOfFile,
  };
}
