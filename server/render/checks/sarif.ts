/**
 * Model checks as SARIF 2.1.0: each failed check is a rule, each of its samples a result at the sample's line, so that
 * code scanning marks the rows themselves.
 */
import { shorten, visible } from '../text';
import { pathFrom, sampleFile } from './report';
import type { CheckResult } from '../../protocol';
import type { ChecksReport } from './report';

/** Characters that code scanning shows of a rule's name and of its descriptions; it refuses longer ones. */
const MOST_NAME = 255;
const MOST_DESCRIPTION = 1024;

interface SarifResult {
  readonly ruleId: string;
  readonly level: 'error' | 'note';
  readonly message: { readonly text: string };
  readonly locations: readonly object[];
  readonly relatedLocations?: readonly object[];
}

export function checksSarif({ results, cwd }: ChecksReport): string {
  // Two checks of one name are one rule, for both of which it is said that they are two.
  const rules = new Map(results.map((result) => [ruleOf(result, cwd), ruleFor(result, cwd)]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'model-blame', rules: [...rules.values()] } },
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

function ruleFor(result: CheckResult, cwd: string): object {
  const { name, kind, measured } = result;
  const asked = measured === null ? '' : `: ${visible(measured.expected)}`;
  return {
    id: ruleOf(result, cwd),
    name: shorten(visible(name), MOST_NAME),
    shortDescription: { text: shorten(visible(name), MOST_DESCRIPTION) },
    fullDescription: { text: shorten(`${visible(name)}${asked}`, MOST_DESCRIPTION) },
    help: {
      text: 'A test about a model, declared in the file of the first location; the other results are its samples.',
    },
    properties: { kind: kind ?? 'faulty' },
  };
}

function ruleOf({ uri, name }: CheckResult, cwd: string): string {
  return shorten(visible(`${pathFrom(cwd, uri)}/${name}`), MOST_NAME);
}

function location(path: string, line: number): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
      region: { startLine: line },
    },
  };
}
