/** The table of kinds of checks: one line each. */
import { accuracy } from './accuracy';
import { invariance } from './invariance';
import { label } from './label';
import { mistakes } from './mistakes';
import { relevance } from './relevance';
import type { CheckConfig, CheckKindName } from '../../workspace/checkTypes';
import type { CheckKind, CheckWorld, RunOptions, Verdict } from '../types';

type KindTable = { readonly [Name in CheckKindName]: CheckKind<Extract<CheckConfig, { readonly kind: Name }>> };

export const CHECK_KINDS: KindTable = { accuracy, label, invariance, relevance, mistakes };

/** The entry of a check's kind; what it is given has that kind. */
function kindOf(config: CheckConfig): CheckKind<CheckConfig> {
  return CHECK_KINDS[config.kind];
}

export function aboutCheck(config: CheckConfig): string {
  return kindOf(config).about(config);
}

export function isAcceptable(config: CheckConfig): boolean {
  return kindOf(config).acceptable;
}

export function runKind(config: CheckConfig, world: CheckWorld, options: RunOptions): Promise<Verdict> {
  return kindOf(config).run(config, world, options);
}
