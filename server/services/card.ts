/** What there is to know about one model, before any sample. */
import { toUri } from '../workspace/uris';
import { chooseModel } from './choose';
import { typeText } from '../graph/tensor';
import type { TextVectorization } from '../model/types';
import type { CardRequest, ModelCard } from '../protocol';
import type { PredictContext } from './predict';

/** Nothing that an explanation has to warn of, so it is said here alone. */
function splitting(texts: readonly TextVectorization[]): string {
  const words = texts
    .map(({ input, vocabulary }) => {
      const count = `${vocabulary.filter((word) => word !== '').length.toLocaleString('en')} words`;
      return texts.length === 1 ? count : `${input}: ${count}`;
    })
    .join('; ');
  return `Text is split as the model says (${words}): files that are exported read the ids of the words.`;
}

/** @throws UserError where the model cannot be read: the reason is the card. */
export async function card(context: PredictContext, request: CardRequest): Promise<ModelCard> {
  const chosen = await chooseModel(context, { kind: 'text', text: '' }, request.model);
  const model = await context.loader.load(chosen, context.engine);
  const { summary } = model;
  const { output } = summary;
  return {
    name: chosen.name,
    uri: toUri(chosen.files.model),
    origin: chosen.origin,
    hash: summary.hash,
    parameters: summary.parameters ?? 0,
    bytes: summary.bytes,
    operators: [...(summary.operators ?? [])],
    inputs: summary.inputs.map(({ name, type }) => ({ name, type: typeText(type) })),
    outputs: summary.outputs,
    logit: {
      name: output.logits,
      type: typeText(output.type),
      output: output.output,
      activation:
        output.quantities === true ? 'quantities' : output.onlyProbabilities ? 'probabilities' : output.activation,
    },
    labels: model.labels,
    labelsArePlaceholders: model.labelsArePlaceholders,
    ...(output.quantities === true && chosen.config?.unit !== undefined ? { unit: chosen.config.unit } : {}),
    methods: model.methods.map(({ info, unfit }) => ({ id: info.id, name: info.name, unfit })),
    notes: [...summary.notes, ...(summary.texts === undefined ? [] : [splitting(summary.texts)])],
    engine: summary.engine,
  };
}
