/** A slider with its label and value: the toolkit has none. */
import { fill, h } from './dom';

export interface Slider {
  readonly element: HTMLElement;
  set(value: number): void;
}

export interface SliderOptions {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly format: (value: number) => string;
  readonly onInput: (value: number) => void;
}

export function slider(options: SliderOptions): Slider {
  const output = h('output', { class: 'number' });
  const input = h('input', {
    type: 'range',
    min: options.min,
    max: options.max,
    step: options.step,
    'aria-label': options.label,
    oninput: () => {
      show(Number(input.value));
      options.onInput(Number(input.value));
    },
  });
  function show(value: number): void {
    fill(output, options.format(value));
    input.setAttribute('aria-valuetext', options.format(value));
  }
  return {
    element: h('label', { class: 'slider' }, h('span', { 'aria-hidden': 'true' }, options.label), input, output),
    set(value) {
      if (Number(input.value) !== value) input.value = String(value);
      show(value);
    },
  };
}
