/** The list of a model's inner values, for layer methods: operator, node and shape of each. */
import type { LayerInfo } from '../../server/protocol/explanation';
import { data, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import type { PickerItem } from '../widgets/picker';
import { picker, rankOf } from '../widgets/picker';

export interface LayerPicker {
  readonly element: HTMLElement;
  /** `own` is the layer the method took by itself, where that is known. */
  set(layers: readonly LayerInfo[], chosen: string, own: LayerInfo | null): void;
}

export function layerPicker(label: string, onChoose: (value: string) => void): LayerPicker {
  const list = picker({ label, placeholder: 'Find a layer by name, operator or shape', onChoose });
  let key = '';
  let items: readonly PickerItem[] = [];
  return {
    element: list.element,
    set(layers, chosen, own) {
      const next = JSON.stringify([layers, own]);
      if (next !== key) items = [ownChoice(own), ...layers.map(itemOf)];
      key = next;
      list.set(items, chosen, inert(chosen));
    },
  };
}

/** `512×7×7`; a size that is not known is `?`. */
export function shapeText(shape: LayerInfo['shape']): string {
  return shape.map((size) => size ?? '?').join('×');
}

/** `Conv · layer4.1.conv2 · 512×7×7`. */
export function layerText(layer: LayerInfo): string {
  return [layer.op, inert(layer.node === '' ? layer.value : layer.node), shapeText(layer.shape)]
    .filter((part) => part !== '')
    .join(' · ');
}

function ownChoice(own: LayerInfo | null): PickerItem {
  const label = own === null ? 'the method’s own choice' : `the method’s own choice (${layerText(own)})`;
  return {
    id: '',
    label,
    group: '',
    disabled: false,
    rank: (query) => rankOf(query, label),
    content: () => [document.createTextNode(label)],
  };
}

function itemOf(layer: LayerInfo): PickerItem {
  const label = layerText(layer);
  const node = layer.node === '' ? layer.value : layer.node;
  return {
    id: layer.value,
    label,
    group: '',
    disabled: false,
    rank: (query) => rankOf(query, node, layer.op, layer.value, shapeText(layer.shape)),
    content: () => [
      h(
        'div',
        { class: 'layer-option', title: inert(layer.value) },
        h('span', { class: 'layer-op dim' }, layer.op),
        data(node, { class: 'layer-node' }),
        h('span', { class: 'number dim' }, shapeText(layer.shape)),
      ),
    ],
  };
}
