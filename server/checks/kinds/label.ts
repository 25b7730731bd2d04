/** A sample is predicted as a label. */
import { UserError } from '../../errors';
import { boundWords, labelOf, measured, named, number, predictionWords } from '../words';
import { aboutOne } from './about';
import type { LabelCheck } from '../../workspace/checkTypes';
import type { CheckKind } from '../types';

export const label: CheckKind<LabelCheck> = {
  kind: 'label',
  means:
    'One sample is predicted as the label that is asked for (its own gold label where none is), as surely as asked.',
  about: aboutOne,
  acceptable: false,
  async run(config, world) {
    const { sample, probabilities, labels, model } = await world.one(config);
    const asked = config.label ?? sample.gold?.label;
    if (asked === undefined)
      throw new UserError('no-labels', 'The sample has no gold label to compare with.', {
        where: sample.name,
        next: 'Write "label" into the check.',
      });
    const index = config.label === undefined ? (sample.gold?.class ?? -1) : labels.indexOf(config.label);
    if (index === -1)
      throw new UserError('unknown-class', `The model "${model}" has no class "${asked}".`, {
        where: sample.name,
        next: `Classes: ${labels.slice(0, 12).join(', ')}.`,
      });
    const probability = probabilities[index] ?? Number.NaN;
    const isIt = sample.class === index;
    const sure = config.atLeast === undefined || probability >= config.atLeast;
    const passed = isIt && sure;
    const bound = config.atLeast === undefined ? '' : `, probability ${boundWords({ atLeast: config.atLeast })}`;
    const detail = predictionWords(sample, labels);
    const others = isIt ? '' : ` (${asked} ${number(probability)})`;
    return {
      passed,
      message: `${sample.name} is predicted ${labelOf(sample.class, labels)} ${number(sample.probability)}${others}, asked: ${asked}${bound}.`,
      measured: {
        ...measured('probability', probability, config.atLeast === undefined ? {} : { atLeast: config.atLeast }, 1),
        expected: `${asked}${bound}`,
        actual: detail,
      },
      samples: passed ? [] : [named(sample, detail)],
      model,
    };
  },
};
