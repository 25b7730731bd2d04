/** The Blame tab: what keeps a sample from its gold label, tested by taking it away. */
import type { BlameResponse } from '../../server/protocol/blame';
import type { UserErrorData } from '../../server/protocol/requests';
import { scoreNumber } from '../../server/render/scores';
import { accountingLine } from '../result/accounting-text';
import { asideState } from '../aside';
import { button } from '../widgets/controls';
import { data, fill, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import type { Page, Part } from '../page';
import type { Panel, Shown } from '../state';
import { blameChoice, shown } from '../state';
import { banner } from '../status';
import { isWrong } from '../tab';
import { blameControls } from './controls';
import { counterfactualView } from './counterfactual';
import { removalView } from './removal';
import { priorSource, surpriseText } from './words';

export interface BlameView extends Part {
  /** Stands below the picture, text or row that carries the blame. */
  readonly foot: Part;
}

export function blameView(page: Page): BlameView {
  const controls = blameControls(page);
  const verdict = h('p', { class: 'verdict' });
  const prior = h('p', { class: 'dim' });
  const warnings = h('div', { class: 'banners' });
  const state = asideState(page, 'blame', 'Computing blame…', (error) => remedies(error, page));
  const head = h(
    'section',
    { class: 'controls blame-head', 'aria-label': 'Blame' },
    verdict,
    controls.element,
    state.element,
    prior,
    warnings,
  );
  const books = h('p', { class: 'blame-sum' });
  const removal = removalView(page);
  const counterfactual = counterfactualView(page);
  const foot = h('div', { class: 'blame-foot' }, books, removal.element, counterfactual.element);
  let drawn: BlameResponse | null = null;

  function update(panel: Panel): void {
    controls.update(panel);
    const result = shown(panel);
    const { gold } = blameChoice(panel);
    const known = gold !== null || typeof result?.gold?.class === 'number';
    const right = known && !isWrong(panel) && gold === null;
    fill(verdict, ...verdictOf(result, known, right));
    if (known && !right && (panel.phase === 'done' || panel.phase === 'error') && result !== null) state.ask(panel);
    state.update(panel.blame);
    const blame = blameOf(panel);
    prior.hidden = warnings.hidden = blame === null;
    if (blame === drawn || blame === null) return;
    drawn = blame;
    fill(
      prior,
      ...(blame.prior === null ? [] : [surpriseText(blame.prior, blame.gold), ' ', priorSource(blame.prior)]),
    );
    fill(warnings, ...blame.explanation.warnings.map((warning) => banner('warning', 'note', [data(warning.message)])));
  }
  return {
    element: head,
    update,
    foot: {
      element: foot,
      update(panel) {
        const blame = blameOf(panel);
        const { gold } = blameChoice(panel);
        const possible = gold !== null || isWrong(panel);
        removal.element.hidden = books.hidden = blame === null;
        counterfactual.element.hidden = !possible;
        if (blame !== null) {
          fill(books, accountingLine(blame.explanation.accounting).replace('relevance', 'blame'));
          removal.update(blame);
        }
        counterfactual.update(panel);
      },
    },
  };
}

export function blameOf({ blame }: Panel): BlameResponse | null {
  return blame?.phase === 'done' ? blame.result : null;
}

function verdictOf(result: Shown | null, known: boolean, right: boolean): (Node | string)[] {
  const best = result?.scores[0];
  if (result === null || best === undefined) return ['No prediction yet.'];
  const said = h('b', {}, data(best.label));
  const chance = scoreNumber(best);
  if (right)
    return [
      'The model is right here: ',
      said,
      ` (${chance}). Choose another class to ask what keeps it from that one.`,
    ];
  if (!known)
    return [
      'This sample has no label that the model knows, so nothing can be to blame yet. The model says ',
      said,
      ` (${chance}). Choose below what it should be.`,
    ];
  const gold = result.scores.find((score) => score.class === result.gold?.class);
  if (gold === undefined || gold.class === best.class) return ['The model says ', said, ` (${chance}).`];
  const given = scoreNumber(gold);
  return ['The model says ', said, ` (${chance}); it should be `, h('b', {}, data(gold.label)), ` (${given}).`];
}

/** The way out of what can go wrong, as a button. */
function remedies({ code }: UserErrorData, page: Page): HTMLElement[] {
  const baseline = button({
    label: 'Replace by the baseline',
    onClick: () => page.ask('blame', true, { replacement: 'baseline', baseline: null }),
  });
  switch (code) {
    case 'no-dataset':
      return [
        button({
          label: 'Without a dataset',
          title: `Error signal ${inert('own')}, replaced by the baseline`,
          onClick: () => page.ask('blame', true, { signal: 'own', replacement: 'baseline', baseline: null }),
        }),
      ];
    case 'replacement-unfit':
      return [baseline];
    default:
      return [];
  }
}
