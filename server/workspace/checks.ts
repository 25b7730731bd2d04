/** What a schema cannot say: names that refer to each other, patterns, repeated entries. */
import { compositeChecks } from './compositeChecks';
import { firstRepeated, regexChecks } from './findings';
import { modelCheckFindings } from './modelChecks';
import type { Finding } from './findings';
import type { DatasetConfig, ModelConfig, WorkspaceFile } from './types';

export function checks(file: WorkspaceFile): Finding[] {
  return [
    ...Object.entries(file.models ?? {}).flatMap(([name, model]) => modelChecks(['models', name], model)),
    ...(file.datasets ?? []).flatMap((dataset, index) => datasetChecks(['datasets', index], dataset, file)),
    ...Object.entries(file.composites ?? {}).flatMap(([name, composite]) =>
      compositeChecks(['composites', name], name, composite),
    ),
    ...modelCheckFindings(['checks'], file.checks ?? [], Object.keys(file.models ?? {})),
  ];
}

function modelChecks(path: readonly string[], model: ModelConfig): Finding[] {
  const found: Finding[] = [];
  const repeated = firstRepeated(model.labels ?? []);
  if (repeated !== -1)
    found.push({
      code: 'duplicate-label',
      severity: 'warning',
      message: `Label "${model.labels?.[repeated] ?? ''}" is there twice: only the first one can be asked for by name.`,
      path: [...path, 'labels', repeated],
    });
  if (model.labels?.length === 1 && model.task === 'classification')
    found.push({
      code: 'wrong-labels',
      severity: 'error',
      message: 'One class is none: a classifier has two at least.',
      next: 'Name all classes, or write "task": "regression" if the model gives a quantity.',
      path: [...path, 'labels'],
    });
  if (model.unit !== undefined && model.task === 'classification')
    found.push({
      code: 'unit-of-classes',
      severity: 'warning',
      message: 'Classes have no unit: it is not shown.',
      next: 'Remove it, or write "task": "regression".',
      path: [...path, 'unit'],
    });
  const { input } = model;
  if (input?.kind === 'text' && input.tokenizer !== undefined && input.vocabulary !== undefined)
    found.push({
      code: 'two-tokenizers',
      severity: 'error',
      message: 'A text input has a tokenizer or a vocabulary, not both.',
      next: 'Remove one of them.',
      path: [...path, 'input', 'vocabulary'],
    });
  if (input?.kind === 'text' && input.pattern !== undefined)
    found.push(...regexChecks([...path, 'input', 'pattern'], input.pattern, false));
  if (input?.kind === 'image' && input.std?.includes(0) === true)
    found.push({
      code: 'wrong-value',
      severity: 'error',
      message: 'A standard deviation of 0 divides by zero.',
      path: [...path, 'input', 'std', input.std.indexOf(0)],
    });
  return found;
}

function datasetChecks(path: readonly (string | number)[], dataset: DatasetConfig, file: WorkspaceFile): Finding[] {
  const found: Finding[] = [];
  const names = Object.keys(file.models ?? {});
  if (dataset.model !== undefined && !names.includes(dataset.model))
    found.push({
      code: 'unknown-model',
      severity: 'error',
      message: `There is no model "${dataset.model}" in this file.`,
      next: names.length > 0 ? `Known: ${names.join(', ')}.` : 'Add it under "models".',
      path: [...path, 'model'],
    });
  const first = (file.datasets ?? []).find(({ files }) => files === dataset.files);
  if (first !== dataset)
    found.push({
      code: 'duplicate-dataset',
      severity: 'warning',
      message: `"${dataset.files}" is there twice: only the first entry is used.`,
      path: [...path, 'files'],
    });
  if (typeof dataset.labelFrom === 'object' && 'pattern' in dataset.labelFrom)
    found.push(...regexChecks([...path, 'labelFrom', 'pattern'], dataset.labelFrom.pattern, true));
  return found;
}
