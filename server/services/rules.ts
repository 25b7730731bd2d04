/** The service behind `model-blame rules`. */
import { UserError } from '../errors';
import type { RulesRequest, RulesResponse } from '../protocol';
import { allModels, chooseModel } from './choose';
import type { ChooseContext } from './choose';
import { withComposite, withCompositeName } from './composites';
import type { PredictContext } from './predict';

export async function rules(context: PredictContext, request: RulesRequest): Promise<RulesResponse> {
  const name = request.model ?? (await onlyModel(context));
  const chosen = await chooseModel(context, { kind: 'text', text: '' }, name);
  const { source } = await context.loader.load(chosen, context.engine);
  const answer = await context.compute.rules(source, withComposite(request.parameters, chosen.workspace));
  return { model: chosen.name, ...answer, parameters: withCompositeName(answer.parameters) };
}

async function onlyModel(context: ChooseContext): Promise<string> {
  const usable = (await allModels(context)).filter(({ problem }) => problem === null);
  const [only] = usable;
  if (only !== undefined && usable.length === 1) return only.name;
  throw new UserError('which-model', usable.length === 0 ? 'There is no model here' : 'Several models are here', {
    next:
      usable.length === 0
        ? 'give --model PATH'
        : `give --model with one of ${usable.map((model) => model.name).join(', ')}`,
  });
}
