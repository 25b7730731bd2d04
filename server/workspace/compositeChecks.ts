/** What a schema cannot say about the composites of a workspace file. */
import type { Finding } from './findings';
import type { CompositeConfig, LayerRuleConfig } from './types';

/** Names of the program's own composites: a file's own must not look like them in a result. */
export const reservedComposites: readonly string[] = [
  ...['auto', 'none'],
  ...['epsilonPlus', 'epsilonPlusFlat', 'epsilonAlpha2Beta1', 'epsilonAlpha2Beta1Flat', 'epsilonGammaBox'],
  ...['presetA', 'presetB', 'presetAFlat', 'presetBFlat', 'deepTaylor', 'deepTaylorBounded', 'excitation'],
];

type Path = readonly (string | number)[];

export function compositeChecks(path: Path, name: string, composite: CompositeConfig): Finding[] {
  const { rules = [], input, dense, convolution, pooling } = composite;
  const found: Finding[] = [];
  if (reservedComposites.includes(name))
    found.push({
      code: 'reserved-name',
      severity: 'error',
      message: `"${name}" is the name of a composite that the program has itself.`,
      next: 'Choose another name.',
      path,
    });
  for (const [part, rule] of Object.entries({ input, dense, convolution, pooling }))
    if (rule !== undefined) found.push(...ruleChecks([...path, part], rule));
  rules.forEach((rule, index) => {
    const own = [...path, 'rules', index];
    found.push(...ruleChecks(own, rule));
    if (rule.from !== undefined && rule.until !== undefined && rule.from > rule.until)
      found.push({
        code: 'empty-selector',
        severity: 'warning',
        message: `No layer is from ${rule.from} until ${rule.until}.`,
        path: [...own, 'until'],
      });
    const twin = rules.findIndex((other, at) => at < index && selector(other) === selector(rule));
    if (twin !== -1)
      found.push({
        code: 'two-rules',
        severity: 'error',
        message: `Rules ${twin + 1} (${rules[twin]?.rule ?? ''}) and ${index + 1} (${rule.rule}) are for the same layers.`,
        next: 'Narrow one of them: "operator", "name", "from" or "until".',
        path: own,
      });
  });
  return found;
}

/** What a rule selects, the order of operators aside. */
function selector({ operator, name, from, until }: LayerRuleConfig): string {
  return JSON.stringify([operator === undefined ? null : [operator].flat().sort(), name, from ?? 1, until]);
}

function ruleChecks(path: Path, { rule, alpha = 2, beta = 1, bias }: LayerRuleConfig): Finding[] {
  const found: Finding[] = [];
  if (rule === 'alphaBeta' && Math.abs(alpha - beta - 1) > 1e-9)
    found.push({
      code: 'bad-rule',
      severity: 'error',
      message: `α − β has to be 1, but α = ${alpha} and β = ${beta}.`,
      next:
        Math.abs(alpha + beta - 1) < 1e-9
          ? `Texts that write α + β = 1 have a negative β: write "beta": ${-beta}.`
          : 'Choose pairs such as 1 and 0, or 2 and 1.',
      path: [...path, 'alpha'],
    });
  if (bias === 'redistribute' && rule !== 'epsilon' && rule !== 'zero')
    found.push({
      code: 'bad-rule',
      severity: 'error',
      message: 'Only the rules epsilon and zero can redistribute biases.',
      next: 'Write "absorb" or "ignore".',
      path: [...path, 'bias'],
    });
  return found;
}
