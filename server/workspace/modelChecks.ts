/** What a schema cannot say about model checks. */
import { regexChecks } from './findings';
import type { Finding, FindingPath } from './findings';
import type { CheckConfig, Replacement, SliceConfig } from './checkTypes';

/**
 * @param list Checks that fit the schema; null in the places of those that do not.
 * @param models Names of the workspace file; null where it is not known.
 */
export function modelCheckFindings(
  path: FindingPath,
  list: readonly (CheckConfig | null)[],
  models: readonly string[] | null,
): Finding[] {
  const names = list.map((check) => check?.name);
  return list.flatMap((check, index) => {
    if (check === null) return [];
    const own = [...path, index];
    const repeated = names.indexOf(check.name) < index;
    return [
      ...(repeated ? [duplicate([...own, 'name'], check.name)] : []),
      ...modelFindings(own, check, models),
      ...checkFindings(own, check),
    ];
  });
}

function duplicate(path: FindingPath, name: string): Finding {
  return {
    code: 'duplicate-check',
    severity: 'error',
    message: `There are two checks called "${name}".`,
    next: 'Results are known by their names: rename one.',
    path,
  };
}

/** A path of a model is followed when the check runs. */
function modelFindings(path: FindingPath, { model }: CheckConfig, models: readonly string[] | null): Finding[] {
  if (model === undefined || models === null || models.includes(model) || /[./\\]/.test(model)) return [];
  return [
    {
      code: 'unknown-model',
      severity: 'error',
      message: `There is no model "${model}" in model-blame.json.`,
      next: models.length > 0 ? `Known: ${models.join(', ')}.` : 'Add it under "models".',
      path: [...path, 'model'],
    },
  ];
}

function checkFindings(path: FindingPath, check: CheckConfig): Finding[] {
  switch (check.kind) {
    case 'accuracy':
      return [...bounded(path, check), ...conditions(path, check), ...classOfMetric(path, check)];
    case 'label':
      return oneOf(path, check, ['sample', 'text']);
    case 'invariance':
      return [
        ...oneOf(path, check, ['sample', 'text', 'dataset']),
        ...conditions(path, check),
        ...onlyWithDataset(path, check, ['where', 'gold', 'predicted', 'samples', 'atLeast']),
        ...check.replace.flatMap((replacement, index) =>
          replacementFindings([...path, 'replace', index], replacement, check.text !== undefined),
        ),
      ];
    case 'relevance':
      return [
        ...oneOf(path, check, ['sample', 'text', 'dataset']),
        ...bounded(path, check),
        ...conditions(path, check),
        ...onlyWithDataset(path, check, ['where', 'gold', 'predicted', 'samples', 'quantile']),
        ...(check.on.pattern === undefined ? [] : regexChecks([...path, 'on', 'pattern'], check.on.pattern, false)),
      ];
    case 'mistakes':
      return conditions(path, check);
  }
}

function classOfMetric(path: FindingPath, check: Extract<CheckConfig, { readonly kind: 'accuracy' }>): Finding[] {
  const { metric = 'accuracy' } = check;
  if (check.class === undefined || (metric !== 'accuracy' && metric !== 'errorRate')) return [];
  return [
    {
      code: 'wrong-value',
      severity: 'error',
      message: `"class" has no meaning for the metric ${metric}.`,
      next: 'Write "gold" for the samples of a class, or choose precision, recall or f1.',
      path: [...path, 'class'],
    },
  ];
}

function bounded(
  path: FindingPath,
  { atLeast, atMost }: { readonly atLeast?: number; readonly atMost?: number },
): Finding[] {
  if (atLeast === undefined && atMost === undefined)
    return [
      {
        code: 'missing-property',
        severity: 'error',
        message: 'The check asks for nothing: "atLeast" or "atMost" is missing.',
        path,
      },
    ];
  if (atLeast === undefined || atMost === undefined || atLeast <= atMost) return [];
  const message = `Nothing is at least ${atLeast} and at most ${atMost}.`;
  return [{ code: 'wrong-value', severity: 'error', message, path: [...path, 'atMost'] }];
}

function oneOf(path: FindingPath, check: CheckConfig, keys: readonly string[]): Finding[] {
  const given = keys.filter((key) => Object.hasOwn(check, key));
  if (given.length === 1) return [];
  const list = keys.map((key) => `"${key}"`).join(', ');
  return [
    {
      code: given.length === 0 ? 'missing-property' : 'two-samples',
      severity: 'error',
      message: given.length === 0 ? `The check names no sample: write one of ${list}.` : `Only one of ${list}.`,
      path: given.length === 0 ? path : [...path, given[1] ?? ''],
    },
  ];
}

/** What only a dataset has. */
function onlyWithDataset(path: FindingPath, check: CheckConfig, keys: readonly string[]): Finding[] {
  if (Object.hasOwn(check, 'dataset')) return [];
  return keys
    .filter((key) => Object.hasOwn(check, key))
    .map((key) => ({
      code: 'needs-dataset',
      severity: 'error',
      message: `"${key}" is about a dataset, and this check names one sample.`,
      path: [...path, key],
    }));
}

function conditions(path: FindingPath, { where = {} }: { readonly where?: SliceConfig['where'] }): Finding[] {
  return Object.entries(where).flatMap(([column, condition]) =>
    typeof condition === 'object' && 'matches' in condition
      ? regexChecks([...path, 'where', column, 'matches'], condition.matches, false)
      : [],
  );
}

function replacementFindings(path: FindingPath, replacement: Replacement, isText: boolean): Finding[] {
  const { words, pattern, column } = replacement;
  const found: Finding[] = [];
  if (words === undefined && pattern === undefined && column === undefined)
    found.push({
      code: 'missing-property',
      severity: 'error',
      message: 'It is not said what is replaced: "words", "pattern" or "column".',
      path,
    });
  if (words !== undefined && pattern !== undefined)
    found.push({
      code: 'two-patterns',
      severity: 'error',
      message: 'Replace words or a pattern, not both.',
      next: 'Write a second replacement.',
      path: [...path, 'pattern'],
    });
  if (column !== undefined && isText)
    found.push({
      code: 'needs-row',
      severity: 'error',
      message: 'A text has no columns.',
      path: [...path, 'column'],
    });
  if (pattern !== undefined) found.push(...regexChecks([...path, 'pattern'], pattern, false));
  return found;
}
