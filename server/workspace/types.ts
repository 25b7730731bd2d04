/** The workspace file `model-blame.json`, as a person writes it. Everything that can be inferred may be left out. */
import type { Task } from '../protocol';
import type { CheckConfig } from './checkTypes';

export interface WorkspaceFile {
  readonly models?: Readonly<Record<string, ModelConfig>>;
  readonly datasets?: readonly DatasetConfig[];
  /** Composites of one's own for layer-wise relevance propagation, by name. */
  readonly composites?: Readonly<Record<string, CompositeConfig>>;
  readonly checks?: readonly CheckConfig[];
  /** What classes must not rest on, flagged by a person. */
  readonly shortcuts?: readonly ShortcutConfig[];
}

/** Features of a dataset known as shortcuts. */
export interface ShortcutConfig {
  /** Glob relative to the workspace file; all entries that match a file count. */
  readonly files: string;
  /** Words, columns, or regions `x,y,width,height` in the model's pixels. */
  readonly features: readonly string[];
}

/** A rule for each linear layer: by `rules` where one matches, else by position, else by kind; ε where nothing says. */
export interface CompositeConfig {
  readonly rules?: readonly LayerRuleConfig[];
  /** Layers that see the input. */
  readonly input?: RuleConfig;
  readonly dense?: RuleConfig;
  readonly convolution?: RuleConfig;
  readonly pooling?: RuleConfig;
  /** ε of element-wise sums, normalisations and products; that of the dense layers when left out. */
  readonly sumEpsilon?: number;
}

/** A rule of a linear layer; the numbers are those of `server/program/rules/lrp`. */
export interface RuleConfig {
  readonly rule: string;
  readonly epsilon?: number;
  readonly relative?: boolean;
  readonly gamma?: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly bias?: 'absorb' | 'ignore' | 'redistribute';
  /** Of the w² rule. */
  readonly countBias?: boolean;
}

/** A rule and the layers it is for: every given field has to match. */
export interface LayerRuleConfig extends RuleConfig {
  readonly operator?: string | readonly string[];
  /** Pattern on the node's name: `*` for any characters, `?` for one. */
  readonly name?: string;
  /** Counted among the layers that match the fields above, from the input, 1-based and inclusive. */
  readonly from?: number;
  readonly until?: number;
}

export interface ModelConfig {
  /** Model file or export folder, relative to the workspace file. */
  readonly path: string;
  /** Left out: inferred from files beside the model and from its inputs. */
  readonly input?: InputConfig;
  /** What its numbers are. Left out: classes, unless the model's file says that they are quantities. */
  readonly task?: Task;
  /** Names of the classes, or of the quantities, in the model's order. */
  readonly labels?: readonly string[];
  /** What quantities are measured in. */
  readonly unit?: string;
  /** Model output to read, when there are several. */
  readonly output?: string;
  /** Sizes of inputs that the model leaves open, all axes of each: numbers, or names for what stays free. */
  readonly shapes?: Readonly<Record<string, readonly (number | string)[]>>;
  /** Values of inputs that are the same for all samples: one for all elements, or all of them. */
  readonly fixed?: Readonly<Record<string, number | readonly number[]>>;
  readonly engine?: string;
}

export type InputConfig = TextInputConfig | ImageInputConfig | TableInputConfig | TensorInputConfig;

export interface TextInputConfig {
  readonly kind: 'text';
  /** `tokenizer.json` of the Hugging Face tokenizers library. */
  readonly tokenizer?: string;
  /** Instead of a tokenizer: words, one a line (the line number is the id) or a JSON object from word to id. */
  readonly vocabulary?: string;
  /** What a word is, for a vocabulary: a JavaScript regular expression (flags `gu`). */
  readonly pattern?: string;
  readonly lowercase?: boolean;
  /** Vocabulary entries with a meaning, for a vocabulary; a tokenizer knows its own. */
  readonly padToken?: string;
  readonly unknownToken?: string;
  /** Tokens a model reads at once, special ones included; from `tokenizer_config.json` / `config.json` otherwise. */
  readonly maxLength?: number;
  /** The model wants sequences of exactly `maxLength`: pad. */
  readonly padToMaxLength?: boolean;
}

export interface ImageInputConfig {
  readonly kind: 'image';
  /** `preprocessor_config.json`; the fields below override it. */
  readonly preprocessor?: string;
  /** Target of the resize: exact size, or the shortest edge with the aspect kept. Left out: the model's input size. */
  readonly resize?: { readonly width: number; readonly height: number } | { readonly shortestEdge: number } | false;
  readonly resample?: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos' | 'box' | 'hamming';
  readonly centerCrop?: { readonly width: number; readonly height: number } | false;
  /** Factor on bytes (default 1/255). */
  readonly rescale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Left out: from the model's input shape. */
  readonly layout?: 'NCHW' | 'NHWC';
  readonly colour?: 'RGB' | 'BGR' | 'gray';
  /** Turn the picture as its EXIF orientation says; off unless the preprocessor does so. */
  readonly exifOrientation?: boolean;
}

export interface TableInputConfig {
  readonly kind: 'table';
  /** Columns in the model's order. */
  readonly columns: readonly ColumnConfig[];
}

export interface ColumnConfig {
  readonly name: string;
  /** `text`: the model's file says how it is split, and every word is explained by itself. */
  readonly type: 'number' | 'category' | 'text';
  /** Model input the column feeds, when the model has one input per column. */
  readonly input?: string;
  /** Categories in the model's order: the column becomes one-hot slots of the single input tensor. */
  readonly categories?: readonly string[];
  /** Value for an empty cell ("NaN" where the model reads missing numbers); left out: an empty cell is an error. */
  readonly missing?: number | string;
  /** Typical value, for the mean/mode baseline. */
  readonly typical?: number | string;
}

export interface TensorInputConfig {
  readonly kind: 'tensor';
}

/** A file with a line a picture. */
export interface LabelsFileConfig {
  /** CSV, TSV, JSON or JSON lines, relative to the workspace file. */
  readonly file: string;
  /** Column (or key) that names the picture: its path or the end of it, with or without extension. */
  readonly path?: string;
  /** Column (or key) with the label, or one column of 0 and 1 a class. */
  readonly label?: string | readonly string[];
  readonly delimiter?: string;
  readonly header?: boolean;
}

export interface DatasetConfig {
  /** Glob relative to the workspace file. */
  readonly files: string;
  readonly model?: string;
  /** Column (or JSON key) with the text. */
  readonly text?: string;
  /** Column (or JSON key) with the gold label, or one column of 0 and 1 a class; for pictures see `labelFrom`. */
  readonly label?: string | readonly string[];
  /** Gold label of a picture: its folder's name, the first group of a pattern on its path, or a line of a file. */
  readonly labelFrom?: 'folder' | { readonly pattern: string } | LabelsFileConfig;
  /** Column (or JSON key) that names a row. */
  readonly id?: string;
  readonly role?: 'train' | 'validation' | 'test';
  /** Field separator; from the file's name and first line otherwise. */
  readonly delimiter?: string;
  /** False when the first line is data: columns are then called `column 1`, `column 2`, …. */
  readonly header?: boolean;
}
