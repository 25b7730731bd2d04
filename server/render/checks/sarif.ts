/**
 * Model checks as SARIF 2.1.0: each failed check is a rule, each of its samples a result at the sample's line, so that
 * code scanning marks the rows themselves.
 */
import { visible } from '../text';
import { pathFrom, sampleFile } from './report';
import type { CheckResult } from '../../protocol';
import type { ChecksReport } from './report';

interface SarifResult {
  readonly ruleId: string;
  readonly level: 'error' | 'note';
  readonly message: { readonly text: string };
  readonly locations: readonly object[];
  readonly relatedLocations?: readonly object[];
}

export function checksSarif({ results, cwd }: ChecksReport): string {
  const rules = results.map((result) => ({
    id: ruleOf(result, cwd),
    name: visible(result.name),
    shortDescription: { text: visible(result.name) },
    properties: { kind: result.kind ?? 'faulty' },
  }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'model-blame', rules } },
        results: results.flatMap((result) => (result.outcome === 'passed' ? [] : resultsOf(result, cwd))),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultsOf(result: CheckResult, cwd: string): readonly SarifResult[] {
  const { message, next, samples, uri, range } = result;
  const ruleId = ruleOf(result, cwd);
  const own = location(pathFrom(cwd, uri), range.start.line + 1);
  const text = visible(next === null ? message : `${message}\n${next}`, { keepLayout: true });
  const whole: SarifResult = { ruleId, level: 'error', message: { text }, locations: [own] };
  return [
    whole,
    ...samples.flatMap((sample): SarifResult[] => {
      const file = sampleFile(sample, cwd);
      if (file === null) return [];
      const words = visible(`${result.name}: ${sample.detail}`);
      return [
        {
          ruleId,
          level: 'note',
          message: { text: words },
          locations: [location(file.path, file.line ?? 1)],
          relatedLocations: [{ id: 1, message: { text: visible(result.name) }, ...own }],
        },
      ];
    }),
  ];
}

function ruleOf({ uri, name }: CheckResult, cwd: string): string {
  return visible(`${pathFrom(cwd, uri)}/${name}`);
}

function location(path: string, line: number): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(path), uriBaseId: '%SRCROOT%' },
      region: { startLine: line },
    },
  };
}
