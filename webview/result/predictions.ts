/** Prediction bars: every class with its probability; click explains a class, Shift-click contrasts with it. */
import type { ClassScore } from '../../server/protocol/explanation';
import { isRegression, isRight, quantityVerdict, scoreNumber } from '../../server/render/scores';
import { inert } from '../widgets/inert';
import type { Page, Part } from '../page';
import type { Panel, Shown } from '../state';
import { shown } from '../state';
import { textField } from '../widgets/controls';
import { data, fill, h } from '../widgets/dom';
import { icon } from '../widgets/icons';
import { roving } from '../widgets/roving';
import { clicked, formOf } from '../choices/targets';
import type { TargetForm } from '../choices/targets';

const firstClasses = 5;
/** From so many classes on, the long list can be searched. */
const searchable = 12;

export function predictions(page: Page): Part {
  const rows = h('div', {
    class: 'classes',
    role: 'group',
    'aria-label': 'Prediction. Enter explains a class; Shift and Enter contrasts with it.',
  });
  const search = textField('Find a class', { input: () => redraw() });
  search.element.setAttribute('placeholder', 'Find a class');
  const foot = h('div', { class: 'classes-foot' });
  const element = h('section', { class: 'predictions', 'aria-label': 'Prediction' }, rows, foot);
  let panel: Panel | null = null;
  let all = false;
  let noun = 'classes';
  let items: HTMLElement[] = [];
  let key: readonly unknown[] = [];

  const focus = roving({
    container: rows,
    items: () => items,
    layout: 'list',
    onEnter: (index, event) => choose(index, event.shiftKey),
  });
  rows.addEventListener('click', (event) => {
    const item = event.target instanceof Element ? event.target.closest<HTMLElement>('.class-row') : null;
    if (item !== null) choose(items.indexOf(item), event.shiftKey);
  });
  // Shift-click would select text otherwise.
  rows.addEventListener('mousedown', (event) => {
    if (event.shiftKey) event.preventDefault();
  });

  function choose(index: number, shift: boolean): void {
    const result = panel === null ? null : shown(panel);
    const chosen = Number(items[index]?.dataset['class']);
    if (panel === null || result === null || Number.isNaN(chosen)) return;
    page.choose({ target: clicked(chosen, shift, panel.choice.target, result.scores) });
  }
  function update(next: Panel): void {
    panel = next;
    const result = shown(next);
    const nextKey = [result?.scores, result?.gold, result?.goldSource, next.choice.target];
    if (nextKey.every((item, index) => item === key[index])) return;
    key = nextKey;
    redraw();
  }
  function redraw(): void {
    const result = panel === null ? null : shown(panel);
    element.hidden = result === null;
    if (panel === null || result === null) return;
    const form = formOf(panel.choice.target, result.scores);
    const visibleScores = all ? found(result.scores, search.value()) : firstOf(result, form);
    const focused = items.findIndex((item) => item === document.activeElement);
    const row = isRegression(result.model) ? quantityRow : rowOf;
    items = visibleScores.map((score) => row(score, result, form));
    fill(rows, ...items);
    focus.reset();
    if (focused >= 0) focus.focus(Math.min(focused, items.length - 1));
    rows.classList.toggle('scroll', all);
    noun = isRegression(result.model) ? 'outputs' : 'classes';
    const many = result.scores.length > firstClasses;
    fill(
      foot,
      goldNote(result, page),
      many && all && result.scores.length >= searchable ? search.element : null,
      many ? more(result.scores.length) : null,
    );
  }
  function more(count: number): HTMLElement {
    const label = all ? `Fewer ${noun}` : `All ${count} ${noun}`;
    return h('button', { type: 'button', class: 'link', onclick: toggleAll }, label);
  }
  function toggleAll(): void {
    all = !all;
    redraw();
  }
  return { element, update };
}

/** The most likely classes, and in any case the true one and those that are explained. */
function firstOf(result: Shown, form: TargetForm): ClassScore[] {
  const against = form.against.kind === 'class' ? form.against.class : null;
  const wanted = new Set([result.gold?.class, form.class, against]);
  return result.scores.filter((score, index) => index < firstClasses || wanted.has(score.class));
}

function found(scores: readonly ClassScore[], query: string): readonly ClassScore[] {
  const wanted = query.trim().toLowerCase();
  return wanted === ''
    ? scores.slice(0, 500)
    : scores.filter((score) => score.label.toLowerCase().includes(wanted)).slice(0, 500);
}

function rowOf(score: ClassScore, result: Shown, form: TargetForm): HTMLElement {
  const predicted = result.scores[0]?.class === score.class;
  const gold = result.gold?.class === score.class;
  const explained = (form.class ?? result.scores[0]?.class) === score.class;
  const against = form.against.kind === 'class' && form.against.class === score.class;
  const number = scoreNumber(score);
  const right = isRight({ gold: result.gold, prediction: result.scores });
  const bar = h('span', { class: predicted ? 'class-fill predicted' : 'class-fill' });
  bar.style.setProperty('width', `${(100 * (score.probability ?? logitShare(score, result.scores))).toFixed(2)}%`);
  const tags = [
    predicted ? tag('predicted', right === null ? '' : right ? 'right' : 'wrong') : null,
    gold && !predicted ? tag('gold', 'gold') : null,
  ];
  const said = [
    inert(score.label),
    score.probability === null ? `score ${number}` : `probability ${number}`,
    predicted ? `predicted${right === null ? '' : right ? ', right' : ', wrong'}` : '',
    gold ? 'gold' : '',
    explained ? 'explained' : against ? 'compared with' : '',
  ];
  return h(
    'button',
    {
      type: 'button',
      tabindex: -1,
      class: `class-row${explained ? ' explained' : ''}${against ? ' against' : ''}`,
      'data-class': score.class,
      'aria-label': said.filter((part) => part !== '').join(', '),
      'aria-pressed': explained || against,
      title: explained
        ? 'Explained. Shift-click another class to compare with it.'
        : 'Click to explain; Shift-click to compare with it',
    },
    h('span', { class: 'class-mark', 'aria-hidden': 'true' }, against ? 'vs' : explained ? icon('right') : null),
    data(score.label, { class: 'class-name' }),
    h('span', { class: 'class-number' }, number),
    h('span', { class: 'class-track' }, bar),
    h('span', { class: 'class-tags' }, ...tags),
  );
}

/** A quantity: its name and value, and how far it is from what the file says. */
function quantityRow(score: ClassScore, result: Shown, form: TargetForm): HTMLElement {
  const explained = (form.class ?? result.scores[0]?.class) === score.class;
  const number = inert(scoreNumber(score, result.model.unit));
  const isAbout = (result.gold?.quantity?.output ?? null) === score.class;
  const verdict = isAbout ? quantityVerdict({ ...result, prediction: result.scores }) : null;
  const said = [`${inert(score.label)} ${number}`, inert(verdict ?? ''), explained ? 'explained' : ''];
  const several = result.scores.length > 1;
  return h(
    'button',
    {
      type: 'button',
      tabindex: -1,
      class: `class-row quantity${explained && several ? ' explained' : ''}`,
      'data-class': score.class,
      'aria-label': said.filter((part) => part !== '').join(', '),
      'aria-pressed': explained,
      title: explained ? 'Explained' : 'Click to explain',
    },
    h('span', { class: 'class-mark', 'aria-hidden': 'true' }, explained && several ? icon('right') : null),
    data(score.label, { class: 'class-name' }),
    h('span', { class: 'class-number' }, number),
    h('span', { class: 'quantity-verdict dim' }, verdict === null ? '' : data(verdict)),
  );
}

function tag(text: string, kind: string): HTMLElement {
  const mark = kind === 'right' ? icon('check') : kind === 'wrong' ? icon('cross') : null;
  return h('span', { class: `tag ${kind}`.trim() }, text, mark);
}

/** Models without probabilities: bars between the smallest and the largest score. */
function logitShare(score: ClassScore, scores: readonly ClassScore[]): number {
  const all = scores.map((item) => item.logit ?? 0);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return high > low ? ((score.logit ?? low) - low) / (high - low) : 0;
}

/** A label that is not one of the rows above, and the way to one that does not stand in the sample's own row. */
function goldNote({ gold, goldSource, sample }: Shown, page: Page): HTMLElement | null {
  if (gold === null) return null;
  // A quantity that was read stands beside the value; one that was not is no class either.
  const isRead = gold.class !== null || (gold.quantity ?? null) !== null;
  const end = gold.quantity === null ? '. ' : ', which is not one of the model’s classes. ';
  const unknown = isRead ? null : h('span', { class: 'dim' }, 'Label in the file: ', data(gold.label), end);
  const own = 'uri' in sample.address && sample.address.uri === goldSource?.uri;
  const show =
    goldSource === undefined || (own && unknown === null)
      ? null
      : h(
          'button',
          { type: 'button', class: 'link', onclick: () => page.reveal(goldSource) },
          'Show where the label stands',
        );
  return unknown === null && show === null ? null : h('span', {}, unknown, show);
}
