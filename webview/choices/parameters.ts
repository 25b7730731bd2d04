/** The form for a method's parameters, made from their definitions. */
import type { ParameterDefinition } from '../../server/protocol/catalogue';
import type { LayerInfo, Parameters, ParameterValue } from '../../server/protocol/explanation';
import { button, checkbox, dropdown, setEnabled, textField } from '../widgets/controls';
import { fill, h } from '../widgets/dom';
import { layerPicker } from './layer-picker';
import { parseParameter } from './parameter-values';

export interface ParameterForm {
  readonly element: HTMLElement;
  /** Shows the values in use; the form is rebuilt only when definitions or values differ. */
  set(definitions: readonly ParameterDefinition[], values: Parameters, layers: Layers): void;
}

/** What a parameter of type `layer` may be; `own` is what the method took by itself, once that is known. */
export interface Layers {
  readonly all: readonly LayerInfo[];
  readonly own: LayerInfo | null;
}

interface Input {
  readonly definition: ParameterDefinition;
  readonly read: () => string;
  readonly mark: (problem: string | null) => void;
}

export function parameterForm(onApply: (values: Parameters) => void): ParameterForm {
  const rows = h('div', { class: 'parameters' });
  const apply = button({ label: 'Apply', appearance: 'primary', onClick: submit });
  const reset = button({ label: 'Defaults', onClick: () => onApply({}) });
  const actions = h('div', { class: 'form-actions' }, apply, reset);
  const element = h('div', { class: 'parameter-form' }, rows, actions);
  let inputs: Input[] = [];
  let key = '';
  let known: Layers = { all: [], own: null };

  /** Values that differ from the defaults; null when one does not fit, which is then marked. */
  function read(): Parameters | null {
    const values: Record<string, ParameterValue> = {};
    let wrong = false;
    for (const { definition, read: text, mark } of inputs) {
      const parsed = parseParameter(definition, text());
      mark(parsed.ok ? null : parsed.problem);
      if (!parsed.ok) wrong = true;
      else if (parsed.value !== definition.default) values[definition.name] = parsed.value;
    }
    return wrong ? null : values;
  }
  function check(): void {
    setEnabled(apply, read() !== null);
  }
  function submit(): void {
    const values = read();
    if (values !== null) onApply(values);
  }
  function set(definitions: readonly ParameterDefinition[], values: Parameters, layers: Layers): void {
    const next = JSON.stringify([definitions, values, layers]);
    if (next === key) return;
    key = next;
    known = layers;
    inputs = [];
    fill(rows, ...definitions.map((definition) => row(definition, values[definition.name] ?? definition.default)));
    actions.hidden = definitions.length === 0;
    check();
  }
  function row(definition: ParameterDefinition, value: ParameterValue): HTMLElement {
    const problem = h('div', { class: 'problem', role: 'alert' });
    const { element: control, read: text, invalid } = inputFor(definition, value);
    const mark = (message: string | null): void => {
      fill(problem, message);
      invalid(message !== null);
    };
    inputs.push({ definition, read: text, mark });
    return h(
      'div',
      { class: 'parameter' },
      definition.type === 'boolean' ? null : h('div', { class: 'field-label' }, definition.name),
      control,
      h('div', { class: 'dim' }, definition.description),
      problem,
    );
  }
  function inputFor(
    definition: ParameterDefinition,
    value: ParameterValue,
  ): { element: HTMLElement; read: () => string; invalid: (wrong: boolean) => void } {
    switch (definition.type) {
      case 'boolean': {
        const control = checkbox(definition.name, check);
        control.set(value === true);
        return { element: control.element, read: () => String(control.value()), invalid: () => undefined };
      }
      case 'choice': {
        let chosen = String(value);
        const control = dropdown(definition.name, (next) => {
          chosen = next;
          check();
        });
        control.set(
          (definition.choices ?? []).map((choice) => ({ value: choice, label: choice })),
          chosen,
        );
        return { element: control.element, read: () => chosen, invalid: () => undefined };
      }
      case 'layer': {
        let chosen = String(value);
        const control = layerPicker(definition.name, (next) => {
          chosen = next;
          control.set(known.all, chosen, known.own);
          check();
        });
        control.set(known.all, chosen, known.own);
        return { element: control.element, read: () => chosen, invalid: () => undefined };
      }
      case 'integer':
      case 'number':
      case 'text': {
        const control = textField(definition.name, { input: check, enter: submit });
        control.set(String(value));
        return { element: control.element, read: () => control.value(), invalid: (wrong) => control.invalid(wrong) };
      }
    }
  }
  return { element, set };
}
