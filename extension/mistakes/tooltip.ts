/** What a hover says about a sample: plain markdown without links, commands or HTML; dataset text stays text. */
import * as vscode from 'vscode';
import type { SurveyRow } from '../../server/protocol';
import { probability, significant } from '../../server/render/numbers';
import { escapeMarkdown } from './markdown';
import { inert, predictionText } from './words';

/** Prediction, gold label and the quantities that mistakes are sorted by. */
export function rowTooltip(row: SurveyRow): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = false;
  text.supportHtml = false;
  const paragraphs = [inert(row.title), ...(row.text === null || row.text.trim() === '' ? [] : [inert(row.text, 300)])];
  for (const paragraph of paragraphs) text.appendMarkdown(`${escapeMarkdown(paragraph)}\n\n`);
  text.appendMarkdown(rowLines(row).map(escapeMarkdown).join('  \n'));
  return text;
}

/** One fact a line. */
export function rowLines(row: SurveyRow): readonly string[] {
  const { gold, goldProbability, goldRank, loss, surprise, suspected, before, problem } = row;
  return [
    vscode.l10n.t('predicted {0}', predictionText(row)),
    ...(gold === null
      ? []
      : [
          goldProbability === null
            ? vscode.l10n.t('gold {0}: not a class of the model', inert(gold.label, 40))
            : vscode.l10n.t(
                'gold {0} {1}, place {2}',
                inert(gold.label, 40),
                probability(goldProbability),
                String(goldRank ?? '?'),
              ),
        ]),
    ...(loss === null
      ? []
      : surprise === null
        ? [vscode.l10n.t('loss {0}', significant(loss))]
        : [vscode.l10n.t('loss {0} · surprise {1}', significant(loss), significant(surprise))]),
    ...(suspected === null ? [] : [vscode.l10n.t('label probably {0}', inert(suspected.label, 40))]),
    ...(before === null ? [] : [vscode.l10n.t('before: {0}', inert(before.label, 40))]),
    ...(problem === null ? [] : [inert(problem, 300)]),
  ];
}
