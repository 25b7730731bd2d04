import type { Model } from '../../../model/types';
import type { MethodInfo, Warning } from '../../../protocol';
import { recognizeActivations } from '../../../program/canonize/activations';
import { activationsOf } from '../../../program/rules/guided/activations';
import { names } from '../../../program/types';
import type { RuleSetId } from '../../../program/types';
import { accounting } from '../../accounting';
import { placesOf } from '../../places';
import { magnitudes, pooling } from '../../pooling';
import { floats } from '../../rows';
import { newMeter, relevanceRun, relevanceSpec } from '../../runs';
import type { Gradients, Meter } from '../../runs';
import { scoreOf } from '../../scores';
import type { Method, MethodContext } from '../../types';
import { fixedShare } from '../../warnings';
import { needsRules } from '../unfit';

const parameters: MethodInfo['parameters'] = [
  {
    name: 'start',
    type: 'choice',
    default: 'one',
    choices: ['one', 'score'],
    description: 'What the pass starts with at the logit: 1, as for a gradient, or its value, as some libraries do',
  },
];

/**
 * Guided backpropagation: the gradient with `r_in = max(0, f′(z)) · max(0, r_out)` at every activation f, at a ReLU
 * `1[z > 0] · max(0, r_out)` (Springenberg et al. 2014); summed over channels or embedding dimensions with its sign.
 */
export const guidedBackprop = method(
  {
    id: 'guided-backprop',
    name: 'Guided backpropagation',
    family: 'propagation',
    formula: 'gradient, with r_in = max(0, f′(z)) · max(0, r_out) at activations; ReLU: 1[z > 0] · max(0, r_out)',
    means:
      'Where parts of the input switch units on that in turn, all the way up, push the score up: a crisp picture of the details that were detected.',
    needs:
      'A differentiable model with activations; no baseline. Activations of every kind count, however the model spells them; libraries that patch ReLU modules are plain backpropagation everywhere else.',
    misleads:
      'It mostly redraws edges of the input: with random weights in the upper layers, or for another class, the picture hardly changes. Use it to see details, not to see why. Transformers and recurrent cells have few activations on the way, there it is close to the gradient.',
    axioms: ['sensitivity (b)'],
    cost: '1 forward + 1 backward',
    papers: [
      'Springenberg et al. 2014, arXiv:1412.6806',
      'Adebayo et al. 2018, arXiv:1810.03292 (what it does not show)',
    ],
    usesBaseline: false,
    parameters,
  },
  'guided-backprop',
);

/**
 * Deconvolutional network: the gradient with `r_in = max(0, r_out)` at every activation, whether it was open or not
 * (Zeiler, Fergus 2013); max pooling goes back through its switches.
 */
export const deconvnet = method(
  {
    id: 'deconvnet',
    name: 'Deconvnet',
    family: 'propagation',
    formula: 'gradient, with r_in = max(0, r_out) at activations',
    means:
      'The pattern in the input that would make the network’s own reconstruction of this score, using only the places where max pooling found its winners.',
    needs: 'A differentiable model with activations, of every kind and not only ReLUs; no baseline.',
    misleads:
      'Without max pooling it does not look at this sample at all: the picture shows the weights. It says nothing about negative evidence and hardly depends on the class.',
    axioms: ['sensitivity (b)'],
    cost: '1 forward + 1 backward',
    papers: [
      'Zeiler, Fergus 2013, arXiv:1311.2901',
      'Nie, Zhang, Patel 2018, arXiv:1805.07039 (what it does not show)',
    ],
    usesBaseline: false,
    parameters,
  },
  'deconvnet',
);

function method(info: MethodInfo, rules: RuleSetId): Method {
  return {
    info,
    batches: false,
    exports: 'relevance',
    exportRules: (_model, { start }) => ({ rules, options: { start } }),
    unfit: (model) => needsRules(model, rules),
    async run(context) {
      const meter = newMeter();
      const carried = await relevanceAt(context, meter, rules, String(context.parameters['start']));
      const places = placesOf(context.entries, context.sample);
      const pool = pooling(places, context.sample.count);
      pool.add(carried);
      const relevance = Float32Array.from(pool.features());
      const score = scoreOf(context.target, context.sample.logits, context.model.output);
      return {
        relevance,
        ...magnitudes(carried, places, context.sample),
        accounting: accounting({ relevance, sum: pool.sum, score, evaluations: meter.evaluations }),
        path: null,
        warnings: [...fixedShare(relevance, context.sample.fixed), ...plainInside(context.model, info.name)],
        modelMilliseconds: meter.milliseconds,
        programKey: meter.programKey,
      };
    },
  };
}

/** Relevance of the sample per entry, by a guided rule set. @param start `one` or `score`. */
export async function relevanceAt(
  context: MethodContext,
  meter: Meter,
  rules: RuleSetId,
  start: string,
): Promise<Gradients> {
  const spec = relevanceSpec(context, { rules, options: { start } });
  const outputs = await relevanceRun(context, meter, spec, [context.sample.entries]);
  return Object.fromEntries(
    context.entries.map(({ value }) => [value, floats(outputs[names.relevance(value)], names.relevance(value))]),
  );
}

const recurrent: ReadonlySet<string> = new Set(['LSTM', 'GRU', 'RNN', 'Scan', 'Loop']);

/** Where the rule changes nothing, or not everything, that is said. */
export function plainInside(model: Model, name: string): Warning[] {
  const cell = model.graph.nodes.find(({ op, domain }) => domain === '' && recurrent.has(op));
  if (cell !== undefined)
    return [
      {
        code: 'plain-gradient',
        message: `${name} changes nothing inside recurrent cells (${cell.op} ${cell.name}): there it is the plain gradient.`,
      },
    ];
  const graph = recognizeActivations(model.graph, new Set());
  const activation = activationsOf(graph);
  if (graph.nodes.some((node) => activation(node) !== null)) return [];
  return [
    {
      code: 'plain-gradient',
      message: `The model has no activation that ${name} would change: this is the plain gradient.`,
      action: { title: 'Integrated gradients', method: 'integrated-gradients' },
    },
  ];
}
