/** Mistakes in words: labels, descriptions and tooltips. Dataset text is made visible and stays text. */
import * as vscode from 'vscode';
import type { MistakesView, SurveyFilter, SurveyRow, SurveySort, SurveyState } from '../../server/protocol';
import { probability, significant } from '../../server/render/numbers';
import { shorten, visible } from '../../server/render/text';
import type { GroupName } from './view';

const labelLength = 120;

/** One line of dataset text, of a bearable length. */
export function inert(text: string, length = labelLength): string {
  return shorten(visible(text.trim().replace(/\s+/g, ' ')), length);
}

export function fileName(uri: string): string {
  return vscode.Uri.parse(uri).path.split('/').pop() ?? uri;
}

export function count(value: number): string {
  return value.toLocaleString(vscode.env.language);
}

export function groupLabel(name: GroupName): string {
  switch (name.kind) {
    case 'pair':
      return `${inert(name.gold, 40)} → ${inert(name.predicted, 40)}`;
    case 'confidence':
      return vscode.l10n.t('confidence {0} to {1}', String(name.low), String(name.high));
    case 'loss':
      return name.high === Infinity
        ? vscode.l10n.t('loss above {0}', String(name.low))
        : vscode.l10n.t('loss {0} to {1}', String(name.low), String(name.high));
    case 'file':
      return fileName(name.uri);
    case 'all':
      return vscode.l10n.t('Mistakes');
    case 'newly-wrong':
      return vscode.l10n.t('Newly wrong');
    case 'newly-right':
      return vscode.l10n.t('Newly right');
    case 'label-errors':
      return vscode.l10n.t('Likely label errors');
    case 'unlike':
      return vscode.l10n.t('Explained unlike their class');
    case 'shortcut':
      return vscode.l10n.t('On a flagged shortcut');
    case 'unlabelled':
      return vscode.l10n.t('Worth labelling');
    case 'unreadable':
      return vscode.l10n.t('Could not be predicted');
  }
}

/** A list by explanation without samples. */
export function noneWords(kind: 'unlike' | 'shortcut'): string {
  return kind === 'unlike'
    ? vscode.l10n.t('Every sample is explained like its class.')
    : vscode.l10n.t('No sample rests on a flagged shortcut.');
}

export function groupTooltip(name: GroupName): string | undefined {
  switch (name.kind) {
    case 'pair':
      return vscode.l10n.t('Labelled {0}, predicted {1}', inert(name.gold, 80), inert(name.predicted, 80));
    case 'confidence':
      return vscode.l10n.t('Probability that the model gives to the class it predicts');
    case 'loss':
      return vscode.l10n.t('−log of the probability of the gold label, in nats');
    case 'file':
      return vscode.workspace.asRelativePath(vscode.Uri.parse(name.uri));
    case 'all':
      return undefined;
    case 'newly-wrong':
      return vscode.l10n.t('Right under the model before, wrong now');
    case 'newly-right':
      return vscode.l10n.t('Wrong under the model before, right now');
    case 'label-errors':
      return vscode.l10n.t('The model is surer of another class than it usually is of that class: look at the label');
    case 'unlike':
      return vscode.l10n.t('Their heatmap is unlike those of the class they are predicted as');
    case 'shortcut':
      return vscode.l10n.t(
        'More than half of their relevance lies on what is flagged as a shortcut, on the Patterns page or in model-blame.json',
      );
    case 'unlabelled':
      return vscode.l10n.t('Samples without a label, those first that the model is least sure of');
    case 'unreadable':
      return vscode.l10n.t('Samples that could not be read, encoded or run');
  }
}

/** `positive 0.831`, as in the code lens. */
export function predictionText({ predicted }: SurveyRow): string {
  return predicted === null
    ? vscode.l10n.t('no prediction')
    : `${inert(predicted.label, 40)} ${probability(predicted.probability)}`;
}

/** `positive 0.831 · gold negative`. */
export function verdict(row: SurveyRow): string {
  return row.gold === null
    ? predictionText(row)
    : `${predictionText(row)} · ${vscode.l10n.t('gold {0}', inert(row.gold.label, 40))}`;
}

/** What a person reads of a sample: its beginning, else its name. */
function beginning({ text, title }: SurveyRow): string {
  const shown = text === null ? '' : inert(text);
  return shown === '' ? title : shown;
}

/**
 * Label and description of a row in the tree. The view is narrow: what tells rows apart comes first, and the rest of the
 * sample's text may be cut.
 */
export function rowWords(
  row: SurveyRow,
  group: GroupName['kind'],
): { readonly label: string; readonly detail: string } {
  const { predicted, gold, suspected, problem } = row;
  if (problem !== null) return { label: row.title, detail: inert(problem) };
  if (group === 'pair' && predicted !== null)
    return { label: `${probability(predicted.probability)} ${beginning(row)}`, detail: row.title };
  if (group === 'label-errors' && suspected !== null)
    return {
      label: vscode.l10n.t('{0}, rather {1}?', inert(gold?.label ?? '', 40), inert(suspected.label, 40)),
      detail: beginning(row),
    };
  const says = gold === null || !row.wrong ? '' : `${inert(gold.label, 40)} → `;
  return { label: `${says}${predictionText(row)}`, detail: beginning(row) };
}

export function sortLabel(sort: SurveySort): string {
  switch (sort) {
    case 'position':
      return vscode.l10n.t('Order in the file');
    case 'confidence':
      return vscode.l10n.t('Confidence');
    case 'loss':
      return vscode.l10n.t('Loss');
    case 'surprise':
      return vscode.l10n.t('Surprise of the gold label');
    case 'entropy':
      return vscode.l10n.t('Entropy');
    case 'margin':
      return vscode.l10n.t('Margin between the first two classes');
    case 'label-quality':
      return vscode.l10n.t('Label quality');
  }
}

/** Labels of the classes that a filter names. */
function classLabel(value: string | number, state: SurveyState): string {
  return inert(typeof value === 'number' ? (state.model.labels[value] ?? String(value)) : value, 40);
}

/** The conditions of a filter, one after another; empty for all mistakes by top 1. */
export function filterWords(filter: SurveyFilter, state: SurveyState): string {
  const { only = 'wrong', topK = 1, gold, predicted, where = [], text, uri, confidence } = filter;
  const kinds: Readonly<Record<NonNullable<SurveyFilter['only']>, string>> = {
    wrong: '',
    right: vscode.l10n.t('right'),
    unlabelled: vscode.l10n.t('unlabelled'),
    unreadable: vscode.l10n.t('not predicted'),
    'label-errors': vscode.l10n.t('likely label errors'),
    'newly-wrong': vscode.l10n.t('newly wrong'),
    'newly-right': vscode.l10n.t('newly right'),
    changed: vscode.l10n.t('newly wrong or right'),
  };
  return [
    kinds[only],
    topK === 1 ? '' : vscode.l10n.t('not in the top {0}', topK),
    gold === undefined ? '' : vscode.l10n.t('gold {0}', classLabel(gold, state)),
    predicted === undefined ? '' : vscode.l10n.t('predicted {0}', classLabel(predicted, state)),
    ...where.map(({ column, value }) => `${inert(column, 40)} = ${inert(value, 40)}`),
    text === undefined ? '' : `“${inert(text, 40)}”`,
    uri === undefined ? '' : fileName(uri),
    confidence === undefined ? '' : vscode.l10n.t('confidence {0} to {1}', confidence[0], significant(confidence[1])),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Above the tree: how far, how good, how filtered. */
export function surveyWords(state: SurveyState, view: MistakesView): string {
  const { done, total, wrong, unlabelled, unreadable, phase } = state;
  const labelled = done - unlabelled - unreadable;
  const accuracy = labelled > 0 ? vscode.l10n.t('accuracy {0}', probability(1 - wrong / labelled)) : '';
  const far =
    phase === 'running'
      ? vscode.l10n.t('{0} of {1} predicted', count(done), count(total))
      : phase === 'cancelled'
        ? vscode.l10n.t('stopped at {0} of {1}', count(done), count(total))
        : vscode.l10n.t('{0} samples', count(total));
  const filter = filterWords(view.filter, state);
  return [
    [far, accuracy].filter((part) => part !== '').join(' · '),
    ...(state.error === null ? [] : [state.error.what]),
    ...(filter === '' ? [] : [vscode.l10n.t('shown: {0}', filter)]),
  ].join(' — ');
}

/** `1,204 of 5,000 · 18 wrong · 850/s · 4 s left`: the line of the progress notification. */
export function progressWords({ done, total, wrong, rate, secondsLeft }: SurveyState): string {
  return [
    vscode.l10n.t('{0} of {1}', count(done), count(total)),
    vscode.l10n.t('{0} wrong', count(wrong)),
    ...(rate === null ? [] : [vscode.l10n.t('{0} per second', count(Math.round(rate)))]),
    ...(secondsLeft === null ? [] : [vscode.l10n.t('{0} left', duration(secondsLeft))]),
  ].join(' · ');
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
