/** What features are called in lists, and where they are in the file. Pure. */
import type { Features } from '../../server/protocol/features';
import type { SourceSpan } from '../../server/protocol/source';
import { elementName, splitInputs } from '../elements/split';
import { inert } from '../widgets/inert';
import { cellPosition } from './position';

export interface FeatureName {
  readonly name: string;
  /** The cell's value, the place in the file, the pixel's colour. */
  readonly detail: string;
  readonly source: SourceSpan | null;
}

export function featureName(features: Features, index: number): FeatureName {
  const nameless: FeatureName = { name: String(index), detail: '', source: null };
  switch (features.kind) {
    case 'tokens': {
      const token = features.tokens[index];
      if (token === undefined) return nameless;
      const name = token.special || token.text === '' ? token.token : token.text;
      return { name: inert(name), detail: cellPosition(token.source), source: token.source };
    }
    case 'columns': {
      const column = features.columns[index];
      if (column === undefined) return nameless;
      const { name, text, span, source } = column;
      if (span !== undefined) return { name: inert(text), detail: name, source };
      return { name, detail: inert(text.trim() === '' ? '(empty)' : text), source };
    }
    case 'pixels': {
      const at = pixelAt(features.width, index);
      const [r, g, b] = features.picture.subarray(index * 4, index * 4 + 3);
      const detail = features.channels === 1 ? `grey ${r ?? 0}` : `RGB ${r ?? 0}, ${g ?? 0}, ${b ?? 0}`;
      return { name: `pixel (${at.u}, ${at.v})`, detail, source: null };
    }
    case 'elements': {
      let offset = index;
      for (const { name, shape } of splitInputs(features, null)) {
        const size = shape.reduce((product, length) => product * length, 1);
        if (offset < size) return { name: elementName(inert(name), shape, offset), detail: '', source: null };
        offset -= size;
      }
      return nameless;
    }
  }
}

/** Column and row of a pixel in the model's frame. */
export function pixelAt(width: number, index: number): { readonly u: number; readonly v: number } {
  return { u: index % width, v: Math.floor(index / width) };
}
