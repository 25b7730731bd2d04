/** Roving focus: one item of a group is in the tab order; arrow keys move between items. */

export interface Roving {
  /** Call after the items changed; new items have `tabindex="-1"`. */
  reset(): void;
  focus(index: number): void;
}

export interface RovingOptions {
  readonly container: HTMLElement;
  readonly items: () => readonly HTMLElement[];
  /** `line`: up and down move to the item above or below, as in text; `list`: they move to the neighbour. */
  readonly layout: 'line' | 'list';
  readonly onEnter: (index: number, event: KeyboardEvent) => void;
  readonly onEscape?: () => void;
  readonly onFocus?: (index: number) => void;
}

/** Adds keyboard movement to a container whose items are focusable. */
export function roving(options: RovingOptions): Roving {
  let current = 0;
  const { container, items } = options;

  container.addEventListener('keydown', (event) => {
    const all = items();
    const at = all.indexOf(event.target as HTMLElement);
    if (at < 0) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      options.onEnter(at, event);
      return;
    }
    if (event.key === 'Escape' && options.onEscape !== undefined) {
      event.preventDefault();
      options.onEscape();
      return;
    }
    const to = destination(event.key, at, all, options.layout);
    if (to === null) return;
    event.preventDefault();
    focus(to);
  });
  container.addEventListener('focusin', (event) => {
    const at = items().indexOf(event.target as HTMLElement);
    if (at < 0) return;
    mark(at);
    options.onFocus?.(at);
  });

  function mark(index: number): void {
    const all = items();
    all[current]?.setAttribute('tabindex', '-1');
    current = index;
    all[index]?.setAttribute('tabindex', '0');
  }
  function focus(index: number): void {
    items()[index]?.focus();
  }
  function reset(): void {
    const all = items();
    current = Math.min(current, Math.max(0, all.length - 1));
    all[current]?.setAttribute('tabindex', '0');
  }
  return { reset, focus };
}

function destination(key: string, at: number, all: readonly HTMLElement[], layout: 'line' | 'list'): number | null {
  const last = all.length - 1;
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  if (key === 'ArrowRight' || (key === 'ArrowDown' && layout === 'list')) return Math.min(last, at + 1);
  if (key === 'ArrowLeft' || (key === 'ArrowUp' && layout === 'list')) return Math.max(0, at - 1);
  if (key === 'ArrowDown') return verticalNeighbour(at, all, 1);
  if (key === 'ArrowUp') return verticalNeighbour(at, all, -1);
  return null;
}

/** The item on the next (or previous) visual line whose middle is nearest. */
function verticalNeighbour(at: number, all: readonly HTMLElement[], step: 1 | -1): number {
  const from = all[at]?.getBoundingClientRect();
  if (from === undefined) return at;
  const middle = from.left + from.width / 2;
  let line: number | null = null;
  let best = at;
  let distance = Infinity;
  for (let i = at + step; i >= 0 && i < all.length; i += step) {
    const box = all[i]?.getBoundingClientRect();
    if (box === undefined || Math.abs(box.top - from.top) < from.height / 2) continue;
    line ??= box.top;
    if (Math.abs(box.top - line) > from.height / 2) break;
    const away = Math.abs(box.left + box.width / 2 - middle);
    if (away < distance) [best, distance] = [i, away];
  }
  return best;
}
