/** Text in markdown that stays text. Pure. */

/**
 * Every ASCII punctuation mark gets a backslash, which CommonMark allows for all of them: no emphasis, link, address,
 * picture, HTML, entity or list is left. Unlike `MarkdownString.appendText` it keeps spaces, so that long lines break.
 * @param text Without line breaks and hidden characters (see `inert`).
 */
export function escapeMarkdown(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, '\\$&');
}
