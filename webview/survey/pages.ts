/** Rows of a long list, asked for a page at a time as they come into sight. No DOM. */
import type { SurveyRow, SurveyRowsResponse } from '../../server/protocol/survey';

export const pageRows = 200;
/** Pages kept; a person who scrolls through a million rows sees few of them twice. */
const pagesKept = 50;

export interface RowPages {
  /**
   * Everything is read anew. @param keep The order is the same: what was read is shown until the answers are there.
   * The last known total stays until there is a new one.
   */
  reset(keep: boolean): void;
  total(): number;
  row(index: number): SurveyRow | undefined;
  /** Asks for what is missing between two indices. */
  want(first: number, last: number): void;
  /** True where the answer was awaited. */
  take(request: number, offset: number, answer: SurveyRowsResponse): boolean;
  fail(request: number): void;
}

export function rowPages(ask: (request: number, offset: number, limit: number) => void): RowPages {
  const pages = new Map<number, readonly SurveyRow[]>();
  const earlier = new Map<number, readonly SurveyRow[]>();
  const asked = new Map<number, number>();
  let total = 0;
  let request = 0;
  return {
    reset(keep) {
      if (!keep) earlier.clear();
      else for (const [page, rows] of pages) earlier.set(page, rows);
      pages.clear();
      asked.clear();
    },
    total: () => total,
    row(index) {
      const page = Math.floor(index / pageRows);
      return (pages.get(page) ?? earlier.get(page))?.[index % pageRows];
    },
    want(first, last) {
      const end = Math.floor(Math.max(first, last - 1) / pageRows);
      for (let page = Math.floor(first / pageRows); page <= end; page++) {
        if (pages.has(page) || [...asked.values()].includes(page)) continue;
        asked.set(++request, page);
        ask(request, page * pageRows, pageRows);
      }
    },
    take(of, offset, answer) {
      if (!asked.delete(of)) return false;
      total = answer.total;
      pages.set(Math.floor(offset / pageRows), answer.rows);
      earlier.delete(Math.floor(offset / pageRows));
      const [oldest] = pages.keys();
      if (pages.size > pagesKept && oldest !== undefined) pages.delete(oldest);
      return true;
    },
    fail(of) {
      asked.delete(of);
    },
  };
}
