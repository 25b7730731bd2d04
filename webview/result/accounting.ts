/** The foot of the panel: accounting line with its facts, and warnings with their next steps. */
import type { Explanation, Warning } from '../../server/protocol/explanation';
import { significant } from '../../server/render/numbers';
import { baselineSays, isRegression } from '../../server/render/scores';
import type { PanelChoice } from '../../server/protocol/panel';
import { effective, keepParameters } from '../choices/effective';
import { inert } from '../widgets/inert';
import type { Page, Part } from '../page';
import type { Panel } from '../state';
import { accountingFacts, accountingLine, cancellationWarning } from './accounting-text';
import { button } from '../widgets/controls';
import { data, fill, h } from '../widgets/dom';
import { disclosure } from '../widgets/disclosure';
import { banner } from '../status';
import { targetText } from '../choices/targets';

export function accounting(page: Page): Part {
  const line = h('p', { class: 'accounting-line' });
  const facts = disclosure('Accounting', (open) => page.setView({ accountingOpen: open }));
  const warnings = h('div', { class: 'banners', 'aria-label': 'Warnings' });
  const element = h('section', { class: 'accounting', 'aria-label': 'Accounting' }, warnings, line, facts.element);
  let last: Explanation | null = null;

  function update(panel: Panel): void {
    const { explanation } = panel;
    element.hidden = explanation === null;
    facts.open(page.view().accountingOpen);
    if (explanation === null || explanation === last) return;
    last = explanation;
    fill(line, accountingLine(explanation.accounting));
    facts.fill(factList(explanation));
    const cancelling = cancellationWarning(explanation.accounting);
    const own = explanation.warnings.some((warning) => warning.code === 'cancellation');
    fill(
      warnings,
      ...explanation.warnings.map((warning) => warningOf(warning, panel)),
      cancelling === null || own ? null : banner('warning', 'note', [cancelling]),
    );
  }
  function warningOf(warning: Warning, panel: Panel): HTMLElement {
    const { action } = warning;
    const stepOf = (step: NonNullable<Warning['action']>): Partial<PanelChoice> => {
      // Another baseline changes nothing else; what is the method's own stays.
      const kept = keepParameters(panel.choice.parameters, effective(panel).method?.parameters ?? []);
      return {
        ...(step.method === undefined ? {} : { method: step.method }),
        ...(step.baseline === undefined ? {} : { baseline: step.baseline }),
        parameters: step.parameters ?? (step.baseline === undefined ? {} : kept),
      };
    };
    const step =
      action === undefined
        ? null
        : button({
            label: inert(action.title),
            onClick: () => page.choose(stepOf(action)),
          });
    return banner('warning', 'note', [data(warning.message)], step);
  }
  return { element, update };
}

function factList(explanation: Explanation): HTMLElement {
  const rows: (readonly [string, string, string])[] = [
    ['Explained', inert(targetText(explanation.target)), ''],
    ...accountingFacts(explanation.accounting),
    [
      'Model time',
      `${significant(explanation.modelMilliseconds)} ms`,
      `of ${significant(explanation.milliseconds)} ms in the server`,
    ],
  ];
  if (explanation.baseline !== null) {
    const best = explanation.baseline.scores[0];
    const predicted = isRegression(explanation.model)
      ? `the model says ${inert(baselineSays(explanation))}`
      : best === undefined || best.probability === null
        ? ''
        : `the model says ${inert(best.label)}, ${significant(best.probability)}`;
    rows.splice(1, 0, ['Baseline', inert(explanation.baseline.label), predicted]);
  }
  for (const [name, value] of Object.entries(explanation.parameters))
    rows.push([name, inert(String(value)), 'parameter']);
  return h(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([name, value, note]) => [
      h('dt', {}, name),
      h('dd', {}, h('span', { class: 'number' }, value), note === '' ? null : h('span', { class: 'dim' }, ` ${note}`)),
    ]),
  );
}
