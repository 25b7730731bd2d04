/** Model checks as JUnit XML: one suite for each file, the form that CI services read. */
import { visible } from '../text';
import { counts, pathFrom } from './report';
import type { CheckResult } from '../../protocol';
import type { ChecksReport } from './report';

export function checksJUnit({ results, cwd, milliseconds }: ChecksReport): string {
  const uris = [...new Set(results.map(({ uri }) => uri))];
  const suites = uris.flatMap((uri) => {
    const own = results.filter((result) => result.uri === uri);
    const file = pathFrom(cwd, uri);
    const time = own.reduce((sum, result) => sum + result.milliseconds, 0);
    return [
      `  <testsuite name=${quoted(file)} ${totals(own)} skipped="0" time="${seconds(time)}">`,
      ...own.map((result) => testCase(result, file)),
      '  </testsuite>',
    ];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    // The schema that CI services share knows skipped tests of a suite, not of all suites.
    `<testsuites name="model-blame" ${totals(results)} time="${seconds(milliseconds)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ name, kind, range, outcome, message, next, milliseconds }: CheckResult, file: string): string {
  const head = `    <testcase name=${quoted(name)} classname=${quoted(file)} file=${quoted(file)} line="${range.start.line + 1}" time="${seconds(milliseconds)}"`;
  if (outcome === 'passed') return `${head}>\n      <system-out>${text(message)}</system-out>\n    </testcase>`;
  const tag = outcome === 'failed' ? 'failure' : 'error';
  const told = next === null ? message : `${message}\n${next}`;
  const [first = ''] = message.split('\n');
  return `${head}>\n      <${tag} type=${quoted(kind ?? 'check')} message=${quoted(first)}>${text(told)}</${tag}>\n    </testcase>`;
}

function totals(results: readonly CheckResult[]): string {
  const { failed, errored } = counts(results);
  return `tests="${results.length}" failures="${failed}" errors="${errored}"`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Characters that XML cannot hold become visible symbols. */
function text(given: string): string {
  return escaped(visible(given, { keepLayout: true }));
}

function quoted(given: string): string {
  return `"${escaped(visible(given))}"`;
}

/** Two code points are neither control characters nor allowed in XML 1.0. */
function escaped(given: string): string {
  return given.replace(/[\ufffe\uffff]/g, '\ufffd').replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
}
