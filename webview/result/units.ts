/** What a layer method measured: the most influential units of the layer; a click explains through one of them. */
import type { MethodChoice } from '../../server/protocol/catalogue';
import type { LayerReport, UnitReport } from '../../server/protocol/explanation';
import { significant } from '../../server/render/numbers';
import type { BarRow } from './bar-row';
import { barList } from './bars';
import { disclosure } from '../widgets/disclosure';
import { fill, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import { layerText } from '../choices/layer-picker';
import type { Page, Part } from '../page';
import type { Panel } from '../state';
import { chosenUnits, throughUnits, toggled, withUnits } from '../choices/units-choice';
import { meaningOf } from './words';

const firstUnits = 12;

export function unitsView(page: Page): Part {
  const section = disclosure('Units of the layer', (open) => page.setView({ unitsOpen: open }));
  const note = h('p', { class: 'dim' });
  const list = barList(
    page,
    'Units, most influential first. Enter explains through the unit alone; with Shift it is added to those chosen',
    () => section.element.querySelector<HTMLElement>('summary')?.focus(),
    (row, event) => choose(Number(row.features[0]), event.shiftKey),
  );
  const all = h('div', {});
  section.fill(note, list.element, all);
  let panel: Panel | null = null;
  let key: readonly unknown[] = [];

  function choose(unit: number, add: boolean): void {
    const report = panel?.explanation?.layer;
    if (panel === null || report === undefined) return;
    const method = throughUnits(panel.choices?.methods ?? [], panel.explanation?.method ?? null);
    if (method === null) return;
    const before = method === panel.explanation?.method ? panel.choice.parameters : {};
    const units = toggled(chosenUnits(panel.explanation?.parameters ?? {}), unit, add);
    page.choose({ method, parameters: withUnits(before, report.layer.value, units) });
  }
  function update(next: Panel): void {
    panel = next;
    const { explanation } = next;
    const report = explanation?.layer;
    section.element.hidden = report === undefined;
    section.open(page.view().unitsOpen);
    if (explanation === null || report === undefined) return;
    const theme = page.theme();
    const methods = next.choices?.methods ?? [];
    const nextKey = [explanation, methods, theme];
    if (nextKey.every((item, index) => item === key[index])) return;
    key = nextKey;
    const chosen = chosenUnits(explanation.parameters);
    section.label(`Units of ${layerText(report.layer)}`);
    fill(note, noteOf(throughUnits(methods, explanation.method), explanation.method, methods, chosen));
    list.draw({
      rows: report.units.map((unit) => rowOf(unit, chosen)),
      total: report.units.reduce((sum, unit) => sum + Math.abs(unit.value), 0),
      meaning: meaningOf(explanation.target),
      theme,
      first: firstUnits,
    });
    fill(
      all,
      chosen.length === 0
        ? null
        : h(
            'button',
            { type: 'button', class: 'link', onclick: () => clear(report) },
            'Explain through all units again',
          ),
    );
  }
  function clear(report: LayerReport): void {
    page.choose({ parameters: withUnits(panel?.choice.parameters ?? {}, report.layer.value, []) });
  }
  return { element: section.element, update };
}

function rowOf({ unit, value, activation }: UnitReport, chosen: readonly number[]): BarRow {
  return {
    name: `${chosen.includes(unit) ? '▸ ' : ''}unit ${unit}`,
    detail: `activation ${significant(activation, 2)}`,
    relevance: value,
    dim: false,
    source: null,
    features: [unit],
  };
}

function noteOf(
  through: string | null,
  method: string,
  methods: readonly MethodChoice[],
  chosen: readonly number[],
): string {
  if (chosen.length > 0)
    return `The features above are explained through ${chosen.length === 1 ? `unit ${chosen[0] ?? ''}` : `units ${chosen.join(', ')}`} alone. Click another, or Shift-click to add one.`;
  if (through === null) return 'The units with the largest share, and their mean activation for this sample.';
  const name = methods.find(({ info }) => info.id === through)?.info.name ?? through;
  const how = through === method ? '' : ` with ${inert(name)}`;
  return `Click a unit: the features are then explained through it alone${how}. Shift-click adds one.`;
}
