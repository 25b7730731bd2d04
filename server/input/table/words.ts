/** The words of a cell that a model reads as text: the ids it is fed, and which word each belongs to. */
import { UserError } from '../../errors';
import type { TextVectorization } from '../../model/types';
import { describeInput } from '../model-input';
import type { InputSpec } from '../model-input';
import { splitBy } from '../text/vectorization';

export interface CellWord {
  readonly token: string;
  /** UTF-16, in the cell's text. */
  readonly span: readonly [number, number];
}

export interface CellWords {
  readonly words: readonly CellWord[];
  readonly ids: readonly number[];
  /** Index of the word for every id; −1 for those that fill up. */
  readonly wordOf: readonly number[];
}

export type WordReader = (text: string) => CellWords;

/**
 * A cell without words is read as one id that counts for nothing. What is beyond a length that the model fixes is cut,
 * as the model's own layer does.
 * @param input The input [batch, sequence] that reads the ids.
 * @throws UserError `text-too-long`.
 */
export function wordReader(text: TextVectorization, input: InputSpec): WordReader {
  const split = splitBy(text);
  const fixed = input.type.shape?.[1];
  const length = typeof fixed === 'number' ? fixed : null;
  return (cell) => {
    const all = split(cell);
    if (length === null && all.length > text.longest)
      throw new UserError('text-too-long', `the text has ${all.length} tokens, more than ${text.longest}`, {
        where: describeInput(input),
        next: 'shorten it',
      });
    const read = all.slice(0, length ?? all.length);
    const words: CellWord[] = [];
    const wordOf: number[] = [];
    let before: number | null = null;
    for (const { token, span, word } of read) {
      // Runs of characters that follow their word add nothing to its characters.
      if (word !== before) words.push({ token, span });
      wordOf.push(words.length - 1);
      before = word;
    }
    const filling = Array<number>(Math.max(0, (length ?? 1) - read.length));
    return {
      words,
      ids: [...read.map(({ id }) => id), ...filling.fill(text.pad)],
      wordOf: [...wordOf, ...filling.map(() => -1)],
    };
  };
}
