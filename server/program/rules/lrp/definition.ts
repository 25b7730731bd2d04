/** A composite as a person wrote it, checked: from a workspace file or the command line. */
import { UserError } from '../../../errors';
import { linearOperators } from './linear/operators';
import { checkRule } from './options';
import type { Composite, LinearRule } from './types';

const ofRule = ['rule', 'epsilon', 'relative', 'gamma', 'alpha', 'beta', 'bias', 'countBias'] as const;
const ofSelector = ['operator', 'name', 'from', 'until'] as const;
const parts = ['input', 'dense', 'convolution', 'pooling'] as const;

/**
 * Kinds that are left out get the ε rule.
 * @throws UserError `bad-composite`, `bad-rule`.
 */
export function compositeFrom(given: unknown): Composite {
  const all = objectOf(given, 'the composite', ['name', 'rules', 'sumEpsilon', ...parts]);
  const { rules = [], name, sumEpsilon } = all;
  if (sumEpsilon !== undefined && !Number.isFinite(sumEpsilon)) throw bad('"sumEpsilon" is no number', 'the composite');
  if (!Array.isArray(rules)) throw bad('"rules" is no list', 'the composite');
  const selected = rules.map((rule: unknown, index) => {
    const where = `rule ${index + 1}`;
    const own = objectOf(rule, where, [...ofRule, ...ofSelector]);
    checkSelector(own, where);
    return ruleFrom(own, where);
  });
  const of = (part: (typeof parts)[number]): LinearRule | undefined =>
    all[part] === undefined ? undefined : ruleFrom(objectOf(all[part], `"${part}"`, ofRule), `"${part}"`);
  const input = of('input');
  const otherwise: LinearRule = { rule: 'epsilon' };
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(selected.length === 0 ? {} : { rules: selected }),
    ...(input === undefined ? {} : { input }),
    ...(typeof sumEpsilon === 'number' ? { sumEpsilon } : {}),
    dense: of('dense') ?? otherwise,
    convolution: of('convolution') ?? otherwise,
    pooling: of('pooling') ?? otherwise,
  };
}

/** @throws UserError `bad-composite` for text that is no JSON. */
export function compositeFromText(text: string): Composite {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bad(`no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, 'the composite');
  }
  return compositeFrom(value);
}

function bad(what: string, where: string, next?: string): UserError {
  return new UserError('bad-composite', `The composite cannot be read: ${what}`, {
    where,
    next:
      next ?? 'write it as {"rules": [{"operator": "Conv", "until": 1, "rule": "flat"}], "dense": {"rule": "epsilon"}}',
  });
}

type Fields = Readonly<Record<string, unknown>>;

function objectOf(value: unknown, where: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('not an object', where);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw bad(`unknown property "${unknown}"`, where, `known: ${known.join(', ')}`);
  return value as Fields;
}

function ruleFrom(own: Fields, where: string): LinearRule {
  for (const name of ['epsilon', 'gamma', 'alpha', 'beta'])
    if (own[name] !== undefined && !Number.isFinite(own[name])) throw bad(`"${name}" is no number`, where);
  for (const name of ['relative', 'countBias'])
    if (own[name] !== undefined && typeof own[name] !== 'boolean') throw bad(`"${name}" is not true or false`, where);
  const bias = own['bias'];
  if (bias !== undefined && bias !== 'absorb' && bias !== 'ignore' && bias !== 'redistribute')
    throw bad('"bias" is none of absorb, ignore, redistribute', where);
  const rule = own as unknown as LinearRule;
  checkRule(rule);
  return rule;
}

function checkSelector({ operator, name, from, until }: Fields, where: string): void {
  const operators: readonly unknown[] = operator === undefined ? [] : [operator].flat();
  const strange = operators.find((one) => typeof one !== 'string' || !linearOperators.includes(one));
  if (strange !== undefined)
    throw bad(`${JSON.stringify(strange)} is no linear operator`, where, `choose of ${linearOperators.join(', ')}`);
  if (name !== undefined && typeof name !== 'string') throw bad('"name" is no text', where);
  const isCount = (value: unknown): boolean => value === undefined || (Number.isInteger(value) && Number(value) >= 1);
  if (!isCount(from) || !isCount(until)) throw bad('"from" and "until" count layers from 1', where);
  if (from !== undefined && until !== undefined && Number(from) > Number(until))
    throw bad(`from ${Number(from)} until ${Number(until)} is no layer`, where);
}
