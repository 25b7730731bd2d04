/** Client → server: what there is to know about one model. */
import type { ModelEntry } from './catalogue';

export const card = 'modelBlame/card';
export interface CardRequest {
  /** Name of the workspace file, or a path. */
  readonly model: string;
}

export interface CardTensor {
  readonly name: string;
  /** `float32 [batch, 28, 28]`. */
  readonly type: string;
}

export interface ModelCard {
  readonly name: string;
  readonly uri: string;
  readonly origin: ModelEntry['origin'];
  readonly hash: string;
  readonly parameters: number;
  /** Bytes of the weights. */
  readonly bytes: number;
  /** How often each operator occurs, the most frequent first. */
  readonly operators: readonly (readonly [string, number])[];
  readonly inputs: readonly CardTensor[];
  readonly outputs: readonly string[];
  /** The value that is explained, where it was found, and what stands behind it. */
  readonly logit: CardTensor & { readonly output: string; readonly activation: string };
  readonly labels: readonly string[];
  readonly labelsArePlaceholders: boolean;
  /** What quantities are measured in, as model-blame.json says. */
  readonly unit?: string;
  /** Every method, with the reason where it does not fit. */
  readonly methods: readonly { readonly id: string; readonly name: string; readonly unfit: string | null }[];
  readonly notes: readonly string[];
  readonly engine: string;
}

export interface CardResponse {
  readonly card: ModelCard;
  /** The card as a Markdown document. */
  readonly markdown: string;
}
