/** Which methods are compared. */
import { UserError } from '../../errors';
import { comparesWithSamples } from '../../protocol/catalogue';
import { methodOf } from '../load';
import type { EvaluateResponse, MethodId, MethodInfo } from '../../protocol';
import type { LoadedModel } from '../load';

/** A pass or a few for each sample; tried where nobody named methods. */
const quick: readonly MethodId[] = [
  'gradient',
  'gradient-x-input',
  'integrated-gradients',
  'deeplift',
  'lrp',
  'attnlrp',
  'grad-cam',
  'occlusion',
];

/**
 * @param asked Null: the quick ones that fit. A method that is named must fit.
 * @throws UserError `unknown-method`, `method-unfit`.
 */
export function contestants(
  model: LoadedModel,
  asked: readonly MethodId[] | null,
): { readonly methods: readonly MethodInfo[]; readonly left: EvaluateResponse['left'] } {
  if (asked !== null) return { methods: [...new Set(asked)].map((id) => alone(methodOf(model, id).info)), left: [] };
  const known = model.methods.filter(({ info }) => quick.includes(info.id));
  return {
    methods: known.filter(({ unfit }) => unfit === null).map(({ info }) => info),
    left: known.flatMap(({ info, unfit }) => (unfit === null ? [] : [{ method: info.id, reason: unfit }])),
  };
}

/** Blame speaks of another class than the one whose probability is watched. */
function alone(info: MethodInfo): MethodInfo {
  if (info.family !== 'blame' && !comparesWithSamples(info, {})) return info;
  const why = info.family === 'blame' ? 'speaks about a gold label' : 'compares with other samples';
  throw new UserError('method-unfit', `${info.name} ${why}: it cannot be evaluated here.`, {
    next:
      info.family === 'blame'
        ? 'Use model-blame blame --dataset FILES --flips 10.'
        : 'Choose methods that explain a sample by itself.',
  });
}
