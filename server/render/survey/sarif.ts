/** Mistakes of a survey as SARIF 2.1.0: one result a row, at its line, so that code scanning marks it. */
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { probability } from '../numbers';
import { shorten, visible } from '../text';
import { failed, verdict } from './report';
import type { SurveyReport } from './report';
import type { SurveyRow } from '../../protocol';

/** @param cwd Paths are written relative to it (`%SRCROOT%`). */
export function surveySarif(report: SurveyReport, cwd: string): string {
  const { state, mistakes } = report;
  const told = verdict(report);
  const rule = {
    id: 'misclassified',
    name: 'Misclassified',
    shortDescription: { text: 'The model predicts another class than the gold label' },
    fullDescription: { text: 'Explain the row to see what the model went by, and check its gold label.' },
    help: { text: 'Open the row in the editor and explain it, or look at it with model-blame explain FILE:LINE.' },
    defaultConfiguration: { level: 'note' },
  };
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'model-blame', rules: [rule] } },
        results: mistakes.map((row) => resultOf(row, cwd)),
        invocations: [{ executionSuccessful: true, ...(told === null ? {} : { exitCode: failed(report) ? 1 : 0 }) }],
        properties: {
          model: visible(state.model.name),
          modelHash: state.model.hash,
          accuracy: report.summary.accuracy,
          ...(told === null ? {} : { verdict: told }),
        },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultOf(row: SurveyRow, cwd: string): object {
  const { gold, predicted, suspected, text, line, address } = row;
  const words = [
    `gold ${visible(gold?.label ?? '')}, predicted ${visible(predicted?.label ?? '')} (${probability(predicted?.probability ?? 0)})`,
    ...(suspected === null ? [] : [`the label is probably wrong: ${visible(suspected.label)}?`]),
    ...(text === null ? [] : [shorten(visible(text.replace(/\s+/g, ' ')), 120)]),
  ];
  return {
    ruleId: 'misclassified',
    level: 'note',
    message: { text: words.join(' · ') },
    locations: [
      {
        physicalLocation: {
          artifactLocation: 'uri' in address ? fileOf(address.uri, cwd) : { uri: '' },
          region: { startLine: line ?? 1 },
        },
      },
    ],
    properties: { loss: row.loss, confidence: predicted?.probability ?? null },
  };
}

/** Below the root relative to it, elsewhere the whole URI. */
function fileOf(uri: string, cwd: string): object {
  const path = relative(cwd, fileURLToPath(uri));
  if (path.startsWith('..')) return { uri };
  return { uri: path.split(sep).map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}
