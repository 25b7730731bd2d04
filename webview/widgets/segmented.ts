/** A row of choices of which one is on: the toolkit has none that is small enough for a view's toolbar. */
import { h } from './dom';

export interface Segment<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly title?: string;
}

export interface Segmented<T extends string> {
  readonly element: HTMLElement;
  set(value: T): void;
}

/** A radio group: arrow keys move and choose, Tab leaves. */
export function segmented<T extends string>(
  label: string,
  segments: readonly Segment<T>[],
  onChange: (value: T) => void,
): Segmented<T> {
  const buttons = segments.map((segment) =>
    h(
      'button',
      { type: 'button', role: 'radio', class: 'segment', title: segment.title, onclick: () => choose(segment.value) },
      segment.label,
    ),
  );
  const element = h(
    'div',
    { role: 'radiogroup', class: 'segmented', 'aria-label': label, onkeydown: onKey },
    ...buttons,
  );
  let current: T | null = null;

  function set(value: T): void {
    current = value;
    segments.forEach((segment, index) => {
      const on = segment.value === value;
      buttons[index]?.setAttribute('aria-checked', String(on));
      buttons[index]?.setAttribute('tabindex', on ? '0' : '-1');
    });
  }
  function choose(value: T): void {
    if (value === current) return;
    set(value);
    onChange(value);
  }
  function onKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const at = segments.findIndex((segment) => segment.value === current);
    const next = (at + step + segments.length) % segments.length;
    const segment = segments[next];
    if (segment === undefined) return;
    choose(segment.value);
    buttons[next]?.focus();
  }
  return { element, set };
}
