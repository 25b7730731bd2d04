/** The method picker, from the methods' own table: what each means, needs and costs, or why it does not fit. */
import type { MethodChoice, MethodFamily } from '../../server/protocol/catalogue';
import { h } from '../widgets/dom';
import { icon } from '../widgets/icons';
import type { PickerItem } from '../widgets/picker';
import { picker, rankOf } from '../widgets/picker';
import { firstSentence } from '../widgets/sentences';

export interface MethodPicker {
  readonly element: HTMLElement;
  set(methods: readonly MethodChoice[], chosen: string | null): void;
}

/** Names of the families, in the picker's order. */
export const familyNames: Readonly<Record<MethodFamily, string>> = {
  path: 'Along a path from a baseline',
  gradient: 'Gradients',
  propagation: 'Relevance handed back layer by layer',
  difference: 'Difference from references',
  layer: 'Inside the model: layers and units',
  perturbation: 'Changing the input',
  blame: 'Blame',
};

export function methodPicker(onChoose: (id: string) => void): MethodPicker {
  const list = picker({ label: 'Method', placeholder: 'Find a method by name, idea or paper', onChoose });
  let methods: readonly MethodChoice[] | null = null;
  let items: readonly PickerItem[] = [];
  return {
    element: list.element,
    set(next, chosen) {
      if (next !== methods) items = itemsOf(next);
      methods = next;
      list.set(items, chosen, chosen ?? '…');
    },
  };
}

/** Methods by family, each family in the table's order. */
function itemsOf(methods: readonly MethodChoice[]): PickerItem[] {
  return (Object.keys(familyNames) as MethodFamily[]).flatMap((family) =>
    methods.filter(({ info }) => info.family === family).map(itemOf),
  );
}

function itemOf(method: MethodChoice): PickerItem {
  const { info, unfit } = method;
  const group = familyNames[info.family];
  return {
    id: info.id,
    label: info.name,
    group,
    disabled: unfit !== null,
    rank: (query) => rankOf(query, info.name, info.id, group, info.means, info.papers.join(' ')),
    content: () => entry(method),
  };
}

function entry({ info, unfit }: MethodChoice): Node[] {
  const [paper] = info.papers;
  return [
    h(
      'div',
      { class: 'picker-head' },
      h('span', { class: 'picker-name' }, info.name),
      h('span', { class: 'picker-cost dim' }, info.cost),
    ),
    h('div', {}, firstSentence(info.means)),
    unfit === null
      ? h(
          'div',
          { class: 'dim' },
          `Needs ${lowerFirst(firstSentence(info.needs))}`,
          paper === undefined ? null : ` ${paper}.`,
        )
      : h('div', { class: 'picker-unfit' }, icon('info'), `Not here: ${unfit}`),
  ];
}

/** `A model` in the middle of a sentence; names and abbreviations stay. */
function lowerFirst(text: string): string {
  return /^[A-Z](?:[a-z]|\s)/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
