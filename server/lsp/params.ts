/** Requests come from outside: their shape is checked before anything relies on it. */
import { Ajv } from 'ajv';
import { ErrorCodes, ResponseError } from 'vscode-languageserver/node';
import { patternSpaces, patternTargets, patternViews, surveySorts, unpack } from '../protocol';
import type { ValidateFunction } from 'ajv';
import type { SurveyRequests } from '../protocol';

const text = { type: 'string', maxLength: 1 << 26 } as const;
const whole = { type: 'integer', minimum: 0 } as const;
const name = { type: ['string', 'null'] } as const;
const position = object({ line: whole, character: whole });

/** One branch of `SampleAddress`. */
const address = {
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [
    object({ kind: { const: 'line' }, uri: text, line: { type: 'integer', minimum: 1 } }),
    object({ kind: { const: 'record' }, uri: text, record: { type: 'integer', minimum: 1 } }),
    object({ kind: { const: 'file' }, uri: text }),
    object({ kind: { const: 'selection' }, uri: text, range: object({ start: position, end: position }) }),
    object({ kind: { const: 'text' }, text }),
    object({ kind: { const: 'tensors' }, files: { type: 'object', additionalProperties: text } }),
  ],
};
const classRef = { type: ['integer', 'string'] } as const;
const target = {
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [
    object({ kind: { const: 'predicted' } }),
    object(
      { kind: { const: 'class' }, class: classRef },
      { scale: { enum: ['logit', 'probability', 'logProbability', 'value'] } },
    ),
    object({ kind: { const: 'contrast' }, class: classRef, against: classRef }),
    object({ kind: { const: 'contrastToRest' }, class: classRef }),
  ],
};
const parameters = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } };
const predict = { address, model: name };
const explain = { ...predict, method: name, target, baseline: name, parameters };
const explainOptions = {
  window: whole,
  position: classRef,
  engine: name,
  progressToken: text,
  conservation: { type: 'boolean' },
};

const gold = { type: ['integer', 'string', 'null'] } as const;
const several = { type: 'integer', minimum: 1, maximum: 100_000 } as const;
const replacement = { type: ['string', 'null'], enum: ['baseline', 'sign-flip', 'mean', 'donor', null] } as const;
const tried = { model: name, method: name, parameters, replacement, baseline: name, remove: several };
const triedOptions = { donors: several, engine: name, progressToken: text };

const topK = { type: 'integer', minimum: 1, maximum: 5 } as const;
const pair = (items: object): object => ({ type: 'array', items, minItems: 2, maxItems: 2 });
const filter = object(
  {},
  {
    only: {
      enum: ['wrong', 'right', 'unlabelled', 'unreadable', 'label-errors', 'newly-wrong', 'newly-right', 'changed'],
    },
    topK,
    gold: classRef,
    predicted: classRef,
    where: { type: 'array', items: object({ column: text, value: text }) },
    text,
    uri: text,
    lines: pair(whole),
    confidence: pair({ type: 'number' }),
    loss: pair({ type: 'number' }),
    positions: { type: 'array', items: whole },
    against: text,
  },
);
const listed = { filter, sort: { enum: surveySorts }, descending: { type: 'boolean' } };
const candidate = {
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [
    object({ kind: { const: 'file' }, path: text, text }, { line: whole, record: whole, model: text }),
    object({ kind: { const: 'id' }, value: text, sure: { type: 'boolean' }, text }, { path: text, model: text }),
    object({ kind: { const: 'text' }, value: text, text }, { model: text }),
  ],
};

const schemas = {
  resolve: object({ address }),
  predict: object(predict, { window: whole, position: classRef }),
  explain: object(explain, explainOptions),
  report: object({ ...explain, format: { enum: ['html', 'json'] } }, explainOptions),
  blame: object({ address, ...tried }, { ...triedOptions, gold, window: whole, position: classRef }),
  flips: object({ uris: { type: 'array', items: text, minItems: 1 }, ...tried }, { ...triedOptions, most: several }),
  locate: object({
    candidates: { type: 'array', maxItems: 200, items: candidate },
    near: { type: 'array', maxItems: 20, items: text },
  }),
  checks: object({ uris: { anyOf: [{ type: 'array', items: text }, { type: 'null' }] } }),
  check: object(
    { uri: text, name: text },
    { model: name, accept: { type: 'boolean' }, engine: name, progressToken: text },
  ),
  counterfactual: object(predict, {
    gold,
    most: { type: ['integer', 'null'], minimum: 1 },
    window: whole,
    position: classRef,
    engine: name,
    progressToken: text,
  }),
  choices: object({ address, model: name }),
  export: object({ model: text, method: text, target, path: text }),
  suggest: object({ address, modelPath: name }),
  units: object(
    {
      address: { anyOf: [address, { type: 'null' }] },
      model: name,
      target,
      layer: name,
      distribution: { enum: ['dataset', 'class'] },
    },
    { draws: whole, units: whole, examples: whole, progressToken: text },
  ),
  surveyStart: object(
    { uris: { type: 'array', items: text }, model: name },
    { engine: name, fresh: { type: 'boolean' }, recompute: { enum: ['ask', 'save'] } },
  ),
  survey: object({ survey: text }),
  surveyRows: object({ survey: text }, { ...listed, offset: whole, limit: whole, content: { type: 'boolean' } }),
  surveyNext: object(
    { survey: text, from: { anyOf: [address, { type: 'null' }] }, direction: { enum: ['next', 'previous'] } },
    listed,
  ),
  surveyAt: object({ address }),
  surveySummary: object({ survey: text }, { filter, slice: text, topK, bins: several }),
  surveyExport: object(
    {
      survey: text,
      kind: { enum: ['rows', 'negatives', 'predictions'] },
      format: { enum: ['csv', 'jsonl', 'arrow'] },
      path: text,
    },
    { filter, overwrite: { type: 'boolean' } },
  ),
  surveyLabel: object({ address, model: name, label: classRef }, { to: name }),
  surveyDiff: object({ survey: text }, { against: text }),
  patterns: object(
    {
      uris: { type: 'array', items: text, minItems: 1 },
      model: name,
      by: { type: 'array', items: { enum: [...patternViews] }, minItems: 1, maxItems: patternViews.length },
      cell: { anyOf: [object({ gold: classRef, predicted: classRef }), { type: 'null' }] },
      class: { type: ['integer', 'string', 'null'] },
      method: name,
      parameters,
    },
    {
      target: { enum: [...patternTargets] },
      space: { enum: [...patternSpaces] },
      clusters: { type: 'integer', minimum: 1, maximum: 50 },
      flagged: { type: 'array', items: text, maxItems: 1000 },
      most: several,
      seed: whole,
      engine: name,
      progressToken: text,
    },
  ),
  shortcuts: object(
    { uris: { type: 'array', items: text, minItems: 1 } },
    { flagged: { type: 'array', items: text, maxItems: 1000 } },
  ),
  nothing: {},
  card: object({ model: text }),
} as const;

export type RequestShape = keyof typeof schemas;

export const surveyShapes: Readonly<Record<keyof SurveyRequests, RequestShape>> = {
  start: 'surveyStart',
  cancel: 'survey',
  state: 'survey',
  list: 'nothing',
  rows: 'surveyRows',
  next: 'surveyNext',
  at: 'surveyAt',
  summary: 'surveySummary',
  versions: 'survey',
  diff: 'surveyDiff',
  export: 'surveyExport',
  label: 'surveyLabel',
};

const compiled = new Map<RequestShape, ValidateFunction>();
const ajv = new Ajv({ discriminator: true, allowUnionTypes: true });

/** Unpacked parameters of a request that fit its shape; throws `InvalidParams` for all others. */
export function checkParams(shape: RequestShape, params: unknown): unknown {
  const validate = compiled.get(shape) ?? ajv.compile(schemas[shape]);
  compiled.set(shape, validate);
  const value = unpacked(params);
  if (validate(value)) return value;
  const [first] = validate.errors ?? [];
  throw invalid(`${first?.instancePath ?? ''} ${first?.message ?? 'do not fit'}`.trim());
}

function unpacked(params: unknown): unknown {
  try {
    return unpack(params);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(what: string): ResponseError<undefined> {
  return new ResponseError(ErrorCodes.InvalidParams, `Invalid parameters: ${what}`);
}

/** Properties that must be there, and others that may; unknown ones are let through for newer clients. */
function object(required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}): object {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}
