/**
 * Form controls, made by VS Code's webview toolkit. It is archived: this is the only module that knows it, and what
 * it hands out are plain elements with the few operations the page needs.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import type { Checkbox, Dropdown, TextField } from '@vscode/webview-ui-toolkit';
import { fill, h } from './dom';
import type { IconName } from './icons';
import { icon } from './icons';

/** Registers the elements; once, before the first control is made. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeTextField(),
  );
}

export interface ButtonOptions {
  readonly label: string;
  readonly appearance?: 'primary' | 'secondary' | 'icon';
  readonly icon?: IconName;
  readonly title?: string;
  readonly onClick: () => void;
}

/** A button; with appearance `icon` its label is for screen readers and the tooltip. */
export function button(options: ButtonOptions): HTMLElement {
  const element = make('vscode-button');
  element.setAttribute('appearance', options.appearance ?? 'secondary');
  element.setAttribute('aria-label', options.label);
  if (options.appearance === 'icon' || options.title !== undefined) element.title = options.title ?? options.label;
  fill(
    element,
    options.icon === undefined ? null : icon(options.icon),
    options.appearance === 'icon' ? null : options.label,
  );
  element.addEventListener('click', options.onClick);
  return element;
}

export function setEnabled(element: HTMLElement, enabled: boolean): void {
  element.toggleAttribute('disabled', !enabled);
}

export interface Choice {
  readonly value: string;
  /** Shown as text; the caller makes dataset text visible first. */
  readonly label: string;
  readonly disabled?: boolean;
}

export interface DropdownControl {
  readonly element: HTMLElement;
  /** Sets options and value; the list is rebuilt only when it differs. */
  set(options: readonly Choice[], value: string): void;
  enable(enabled: boolean): void;
}

/** A list to choose one from. `label` names it for screen readers. */
export function dropdown(label: string, onChange: (value: string) => void): DropdownControl {
  const element = make('vscode-dropdown') as unknown as Dropdown;
  element.setAttribute('aria-label', label);
  element.setAttribute('position', 'below');
  let last = '';
  let current = '';
  element.addEventListener('change', () => {
    if (element.value === current) return;
    current = element.value;
    onChange(current);
  });
  return {
    element,
    set(options, value) {
      const key = JSON.stringify(options);
      current = value;
      if (key !== last) {
        last = key;
        fill(element, ...options.map((item) => option(item, item.value === value)));
      }
      // The toolkit reads its options when they are slotted, which happens after this turn.
      element.value = value;
      element.title = options.find((item) => item.value === value)?.label ?? '';
      queueMicrotask(() => (element.value = current));
    },
    enable: (enabled) => (element.disabled = !enabled),
  };
}

function option(item: Choice, selected: boolean): HTMLElement {
  const element = document.createElement('vscode-option');
  element.setAttribute('value', item.value);
  element.toggleAttribute('selected', selected);
  element.toggleAttribute('disabled', item.disabled === true);
  element.title = item.label;
  element.textContent = item.label;
  return element;
}

export interface FieldControl {
  readonly element: HTMLElement;
  value(): string;
  set(value: string): void;
  /** Marks the value as wrong, or right again. */
  invalid(wrong: boolean): void;
}

/** A field for one line of text. */
export function textField(label: string, on: { input?: () => void; enter?: () => void }): FieldControl {
  const element = make('vscode-text-field') as unknown as TextField;
  // The toolkit names a field by its content, whatever its aria-label says; the style sheet hides the content.
  element.textContent = label;
  element.addEventListener('input', () => on.input?.());
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') on.enter?.();
  });
  return {
    element,
    value: () => element.value,
    set: (value) => (element.value = value),
    invalid: (wrong) => {
      element.classList.toggle('invalid', wrong);
      element.setAttribute('aria-invalid', String(wrong));
    },
  };
}

export interface CheckControl {
  readonly element: HTMLElement;
  value(): boolean;
  set(value: boolean): void;
}

/** A box to tick. */
export function checkbox(label: string, onChange: () => void): CheckControl {
  const element = make('vscode-checkbox') as unknown as Checkbox;
  element.textContent = label;
  element.addEventListener('change', onChange);
  return { element, value: () => element.checked, set: (value) => (element.checked = value) };
}

function make(tag: string): HTMLElement {
  return document.createElement(tag);
}

/** A label above a control. */
export function field(label: string, control: HTMLElement, className = ''): HTMLElement {
  return h(
    'div',
    { class: `field ${className}`.trim() },
    h('span', { class: 'field-label', 'aria-hidden': 'true' }, label),
    control,
  );
}
