/** Samples and their source maps: the floor's front door. */
export { describeDataset, eachRecord } from './describe';
export type { DatasetDescription } from './describe';
export { diskFiles } from './disk';
export type { DiskOptions } from './disk';
export { looseText } from './field';
export { formatOf } from './format';
export type { Format, RecordFormat } from './format';
export { sha256 } from './hash';
export { nearestNames } from './nearest';
export type { ReadOptions } from './options';
export { overlay } from './overlay';
export type { OverlayFiles } from './overlay';
export { fieldNamed, hasRecords, readSample, recordAt } from './read';
export type { RecordSample } from './record';
export { canonicalUri, extension, fileName, filePath } from './uri';
export type * from './types';
