/** Texts of a table row: below the bars of the columns, each with its words on their signed colours. */
import { rowColumns } from '../../server/protocol/features';
import type { ColumnFeatures } from '../../server/protocol/features';
import type { Theme } from '../../server/render/colour';
import type { Page } from '../page';
import type { Meaning } from '../result/words';
import { cellsOf, textLimit } from '../text/cells';
import type { TextPart, TextScene } from '../text/scene';
import { tokenStrip } from '../text/strip';
import { data, fill, h } from '../widgets/dom';
import type { Hover } from '../widgets/hover';

export interface ColumnText {
  readonly name: string;
  /** Feature of each token of the scene. */
  readonly features: readonly number[];
  readonly scene: TextScene;
}

export interface RowScene {
  readonly features: ColumnFeatures;
  readonly relevance: Float32Array | null;
  /** Σ|R| over all columns and words. */
  readonly total: number;
  readonly meaning: Meaning | null;
  readonly theme: Theme;
}

/** One scene for each column that is text; one scale for the words of all. */
export function columnTexts({ features, relevance, ...rest }: RowScene): readonly ColumnText[] {
  const texts = rowColumns(features).flatMap(({ name, features: all, words }) => {
    if (words === null) return [];
    const own = all.filter((index) => features.columns[index]?.span !== undefined);
    const values = relevance === null ? null : Float32Array.from(own, (index) => relevance[index] ?? 0);
    return [{ name, features: own, words, values, ...cellsOf(words, values, 'word') }];
  });
  const limit = Math.max(0, ...texts.map(({ cells }) => textLimit(cells)));
  return texts.map(({ name, features: own, words, values, cells, after }) => ({
    name,
    features: own,
    scene: { ...rest, features: words, cells, after, relevance: values, limit, position: null },
  }));
}

export interface TextsPart {
  readonly element: HTMLElement;
  draw(texts: readonly ColumnText[]): void;
  caret(feature: number | null): void;
}

export function textsPart(page: Page, hover: Hover, leave: () => void): TextsPart {
  const element = h('div', { class: 'column-texts' });
  let drawn: readonly { readonly features: readonly number[]; readonly strip: TextPart }[] = [];
  return {
    element,
    draw(texts) {
      hover.hide();
      drawn = texts.map(({ name, features, scene }) => {
        const strip = tokenStrip(page, hover, leave);
        strip.element.setAttribute('aria-label', `Words of ${name}. Enter goes to the characters in the file.`);
        strip.draw(scene);
        return { features, strip };
      });
      fill(
        element,
        ...texts.flatMap(({ name }, index) => {
          const strip = drawn[index]?.strip.element;
          return strip === undefined ? [] : [h('h3', {}, data(name)), strip];
        }),
      );
    },
    caret(feature) {
      for (const { features, strip } of drawn) {
        const token = feature === null ? -1 : features.indexOf(feature);
        strip.caret(token < 0 ? null : token);
      }
    },
  };
}
