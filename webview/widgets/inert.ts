/** `visible` for the many short texts of a page: plain Latin letters, digits and punctuation need no second look. Pure. */
import { visible } from '../../server/render/text';

// Printable ASCII and Latin letters, without the soft hyphen (U+00AD).
const latin = /^[ -~\u00a1-\u00ac\u00ae-\u02af]*$/;

/** True when every character is seen as it is and does nothing. */
export function isPlain(text: string): boolean {
  return latin.test(text);
}

/** Dataset text for attributes and running text: what would be hidden or active becomes a symbol. */
export function inert(text: string): string {
  return isPlain(text) ? text : visible(text);
}
