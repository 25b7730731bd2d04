/** What a list shows of an explained sample. */
import type { Features } from '../../protocol';

export interface Shown {
  readonly title: string;
  readonly text: string;
}

const TEXT_SHOWN = 160;
const CELLS_SHOWN = 3;

/** The beginning of a text, the cells that mattered most; nothing of a picture. */
export function textOf(features: Features, relevance: Float32Array): string {
  if (features.kind === 'tokens') return features.text.slice(0, TEXT_SHOWN).replace(/[\ud800-\udbff]$/, '');
  if (features.kind !== 'columns') return '';
  // Of a text, the words: the cell is as long as it likes.
  const order = Array.from(relevance.keys()).sort((a, b) => Math.abs(relevance[b] ?? 0) - Math.abs(relevance[a] ?? 0));
  return order
    .slice(0, CELLS_SHOWN)
    .map((i) => `${features.columns[i]?.name ?? ''} ${features.columns[i]?.text ?? ''}`)
    .join(', ');
}
