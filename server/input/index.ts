/** Samples to tensors, one encoder per input kind: the floor's front door. */
export { createImageEncoder } from './image/encoder';
export type { ImageInputEncoder } from './image/encoder';
export { parsePreprocessorConfig } from './image/preprocessor';
export type { EncoderOptions, InputSpec } from './model-input';
export { createTableEncoder } from './table/encoder';
export type { TableEncoderOptions, TableInputEncoder } from './table/encoder';
export { typicalValues } from './table/typical';
export type { TypicalValues } from './table/typical';
export { createTensorEncoder } from './tensor/encoder';
export type { TensorInputEncoder, TensorSample } from './tensor/encoder';
export { readNpy, writeNpy } from './tensor/npy';
export { createTextEncoder } from './text/encoder';
export type { TextEncoderOptions, TextInputEncoder } from './text/encoder';
export { readTokenizerInfo } from './text/info';
export type { TokenizerInfo } from './text/info';
export type * from './types';
