/** What a class lives on: its most influential units over the dataset, with the samples that excite them. */
import type { UnitsResponse } from '../../server/protocol/units';
import { signed, significant } from '../../server/render/numbers';
import { asideState } from '../aside';
import { button } from '../widgets/controls';
import { disclosure } from '../widgets/disclosure';
import { data, fill, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import { numbersTable } from '../widgets/plot';
import { layerText } from '../choices/layer-picker';
import type { Page, Part } from '../page';
import { targetText } from '../choices/targets';

export function essenceView(page: Page): Part {
  const section = disclosure('The class over the dataset', (open) => page.setView({ essenceOpen: open }));
  const ask = button({
    label: 'Find its units',
    title: 'Averages the influence of every unit over samples of the dataset',
    onClick: () => page.ask('units', true),
  });
  const intro = h('p', { class: 'dim' });
  const state = asideState(page, 'units', 'Averaging over the dataset…');
  const result = h('div', {});
  section.fill(intro, ask, state.element, result);
  let drawn: UnitsResponse | null = null;

  return {
    element: section.element,
    update(panel) {
      const { explanation, units } = panel;
      section.element.hidden = explanation === null || (panel.choices?.layers.length ?? 0) === 0;
      section.open(page.view().essenceOpen);
      if (explanation === null) return;
      const { target } = explanation;
      const what = inert(
        target.kind === 'contrast' ? `${target.label} rather than ${target.againstLabel}` : target.label,
      );
      section.label(`What the model looks for in ${what}`);
      fill(
        intro,
        `Not about this sample: the units of a layer that move ${what} most, over the dataset, and the samples that excite them.`,
      );
      ask.hidden = units !== null;
      state.update(units);
      const found = units?.phase === 'done' ? units.result : null;
      if (found === drawn) return;
      drawn = found;
      fill(result, ...(found === null ? [] : tableOf(found, page)));
    },
  };
}

function tableOf({ layer, target, dataset, averagedOver, units }: UnitsResponse, page: Page): Node[] {
  const head = ['unit', 'influence', 'mean activation', 'excited most by'];
  const example = (one: UnitsResponse['units'][number]['examples'][number], index: number): (Node | string)[] => [
    index === 0 ? '' : ', ',
    h(
      'button',
      {
        type: 'button',
        class: 'link',
        title: `Go to this sample (activation ${significant(one.activation)})`,
        onclick: () => page.post({ type: 'openSample', sample: { address: one.address } }),
      },
      data(one.title),
    ),
    one.gold === null ? '' : h('span', { class: 'dim' }, ' ', data(one.gold)),
  ];
  return [
    h(
      'p',
      {},
      `Units of ${layerText(layer)} for ${inert(targetText(target))}, over ${averagedOver} samples of ${inert(dataset)}.`,
    ),
    numbersTable(
      head,
      units.map((unit) => [
        h('th', { scope: 'row' }, String(unit.unit)),
        signed(unit.influence),
        significant(unit.activation),
        h('td', { class: 'samples' }, ...unit.examples.flatMap(example)),
      ]),
      'numbers essence',
    ),
  ];
}
