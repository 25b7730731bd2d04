/** The controls: method, target, what it is compared with, scale, baseline, and the method's parameters. */
import type { MethodInfo } from '../../server/protocol/catalogue';
import type { ClassScore, TargetScale } from '../../server/protocol/explanation';
import { isRegression } from '../../server/render/scores';
import { inert } from '../widgets/inert';
import type { Page, Part } from '../page';
import type { Panel } from '../state';
import { shown } from '../state';
import type { Choice } from '../widgets/controls';
import { dropdown, field } from '../widgets/controls';
import { fill, h } from '../widgets/dom';
import { disclosure } from '../widgets/disclosure';
import type { Effective } from './effective';
import { effective, keepParameters } from './effective';
import { methodPicker } from './method-picker';
import { parameterForm } from './parameters';
import type { TargetForm } from './targets';
import { formOf, hasRest, requestOf } from './targets';

/** A list longer than this is no list any more: the rest is reached through the prediction bars. */
const listedClasses = 40;

export function controls(page: Page): Part {
  let panel: Panel | null = null;
  let described: MethodInfo | null = null;
  const method = methodPicker((id) => page.choose({ method: id, parameters: {} }));
  const target = dropdown('Class to explain', (value) =>
    change({ class: value === 'predicted' ? null : Number(value) }),
  );
  const against = dropdown('Compared with', (value) =>
    change({
      against: value === 'nothing' || value === 'rest' ? { kind: value } : { kind: 'class', class: Number(value) },
    }),
  );
  const scale = dropdown('Scale', (value) => change({ scale: value as TargetScale }));
  const baseline = dropdown('Baseline', chooseBaseline);
  const parameters = parameterForm((values) => page.choose({ parameters: values }));
  const sentence = h('p', { class: 'sentence' });
  const about = disclosure('About this method', (open) => page.setView({ aboutOpen: open }));
  const options = disclosure('Parameters', (open) => page.setView({ optionsOpen: open }));
  options.fill(parameters.element);
  const baselineField = field('Baseline', baseline.element);
  const targetField = field('Target', target.element);
  const againstField = field('Compared with', against.element);
  const scaleField = field('Scale', scale.element);
  const element = h(
    'section',
    { class: 'controls', 'aria-label': 'What is explained, and how' },
    h(
      'div',
      { class: 'fields' },
      field('Method', method.element, 'wide'),
      targetField,
      againstField,
      scaleField,
      baselineField,
    ),
    sentence,
    h('div', { class: 'disclosures' }, options.element, about.element),
  );

  function change(part: Partial<TargetForm>): void {
    const scores = panel === null ? [] : (shown(panel)?.scores ?? []);
    if (panel === null) return;
    page.choose({ target: requestOf({ ...formOf(panel.choice.target, scores), ...part }, scores) });
  }
  function update(next: Panel): void {
    panel = next;
    const result = shown(next);
    element.hidden = result === null && next.choices === null;
    const scores = result?.scores ?? [];
    const form = formOf(next.choice.target, scores);
    const quantities = result !== null && isRegression(result.model);
    targetField.hidden = quantities && scores.length < 2;
    againstField.hidden = scaleField.hidden = quantities;
    target.set(classChoices(scores, form, quantities), form.class === null ? 'predicted' : String(form.class));
    const other = form.against.kind === 'class' ? String(form.against.class) : form.against.kind;
    against.set(againstChoices(scores, form, result === null || hasRest(result.model)), other);
    scale.set(scaleChoices, form.scale);
    scale.enable(form.against.kind === 'nothing');
    const now = effective(next);
    updateBaseline(next, now);
    updateMethod(next, now);
  }
  function updateBaseline(next: Panel, now: Effective): void {
    baselineField.hidden = now.baseline === null;
    baselineField.title = now.baseline?.description ?? '';
    const known = next.choices?.baselines ?? [];
    baseline.set(
      known.map((item) => ({ value: item.id, label: item.label })),
      now.baselineId ?? '',
    );
  }
  function chooseBaseline(id: string): void {
    if (panel === null) return;
    const kept = keepParameters(panel.choice.parameters, effective(panel).method?.parameters ?? []);
    page.choose({ baseline: id, parameters: kept });
  }
  function updateMethod(next: Panel, { methodId, method: info, definitions }: Effective): void {
    method.set(next.choices?.methods ?? [], methodId);
    sentence.hidden = info === null;
    fill(sentence, info?.means ?? '');
    const view = page.view();
    const changed = Object.keys(next.choice.parameters).length;
    options.element.hidden = definitions.length === 0;
    options.label(changed === 0 ? 'Parameters' : `Parameters (${changed} changed)`);
    options.open(view.optionsOpen);
    const usedLayer = next.explanation?.method === methodId ? (next.explanation.layer?.layer ?? null) : null;
    const layers = next.choices?.layers ?? [];
    const own = next.choice.parameters['layer'] === undefined ? usedLayer : null;
    parameters.set(definitions, next.choice.parameters, { all: layers, own });
    about.element.hidden = info === null;
    about.open(view.aboutOpen);
    if (info !== null && info !== described) about.fill(aboutMethod(info));
    described = info;
  }
  return { element, update };
}

const scaleChoices: readonly Choice[] = [
  { value: 'logit', label: 'logit' },
  { value: 'probability', label: 'probability' },
  { value: 'logProbability', label: 'log probability' },
];

function classChoices(scores: readonly ClassScore[], form: TargetForm, quantities: boolean): Choice[] {
  return [
    { value: 'predicted', label: quantities ? 'the first output' : 'predicted' },
    ...listed(scores, [form.class]).map(choiceOf),
  ];
}

function againstChoices(scores: readonly ClassScore[], form: TargetForm, rest: boolean): Choice[] {
  const explained = form.class ?? scores[0]?.class;
  const others = scores.filter((score) => score.class !== explained);
  const other = form.against.kind === 'class' ? form.against.class : null;
  return [
    { value: 'nothing', label: 'nothing' },
    ...(rest ? [{ value: 'rest', label: 'all others' }] : []),
    ...listed(others, [other]).map(choiceOf),
  ];
}

function listed(scores: readonly ClassScore[], wanted: readonly (number | null)[]): readonly ClassScore[] {
  return scores.filter((score, index) => index < listedClasses || wanted.includes(score.class));
}

function choiceOf(score: ClassScore): Choice {
  return { value: String(score.class), label: inert(score.label) };
}

function aboutMethod(info: MethodInfo): HTMLElement {
  const rows: readonly (readonly [string, string])[] = [
    ['Formula', info.formula],
    ['Misleads', info.misleads],
    ['Needs', info.needs],
    ['Cost', info.cost],
    ['Satisfies', info.axioms.join(', ')],
    ['Papers', info.papers.join('; ')],
  ];
  const filled = rows.filter(([, text]) => text !== '');
  return h('dl', { class: 'facts' }, ...filled.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]));
}
