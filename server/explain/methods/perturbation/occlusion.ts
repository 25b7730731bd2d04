import { accounting } from '../../accounting';
import { numberParameter } from '../../parameters';
import { replacer } from '../../perturbation/replacing';
import { chunks, forwardRows, newMeter } from '../../runs';
import { scoreOf } from '../../scores';
import type { Method } from '../../types';
import { fixedShare } from '../../warnings';
import { settleWindow, windows } from '../../windows';

/**
 * `R_i = S(x) − S(x without window)`, the mean over all windows that hold i (Zeiler, Fergus 2013). What is taken
 * away gets the baseline's values: at the model's inputs where the baseline has them, else at the entry points.
 */
export const occlusion: Method = {
  info: {
    id: 'occlusion',
    name: 'Occlusion',
    family: 'perturbation',
    formula: 'R_i = mean over windows W ∋ i of S(x) − S(x with W replaced by the baseline)',
    means: 'How much the score falls when this piece is taken away: a real experiment, not a derivative.',
    needs: 'Forward passes only, so it works for every model that runs; a baseline to replace with.',
    misleads:
      'Inputs that stand in for each other hide each other, and pieces larger than the window are never taken away whole; what is left after the replacement may look like nothing the model knows.',
    axioms: [
      'sensitivity (a, for a single differing input)',
      'sensitivity (b)',
      'linearity',
      'symmetry',
      'implementation invariance',
    ],
    cost: '1 forward per window',
    papers: ['Zeiler, Fergus 2013, arXiv:1311.2901'],
    usesBaseline: true,
    parameters: [
      {
        name: 'window',
        type: 'integer',
        default: 0,
        minimum: 0,
        maximum: 100000,
        description: 'Side of the window in tokens, columns or pixels; 0: one token or column, 1/8 of a picture’s side',
      },
      {
        name: 'stride',
        type: 'integer',
        default: 0,
        minimum: 0,
        maximum: 100000,
        description: 'How far the window moves; 0: half of it',
      },
    ],
  },
  batches: true,
  exports: 'forward',
  unfit: () => null,
  settle({ parameters, sample }) {
    const [window, stride] = [numberParameter(parameters, 'window'), numberParameter(parameters, 'stride')];
    return { ...parameters, ...settleWindow({ window, stride }, sample.grid) };
  },
  async run(context) {
    const { sample, target, model, baselines, parameters } = context;
    const meter = newMeter();
    const all = windows(sample.count, sample.grid, sample.fixed, {
      window: numberParameter(parameters, 'window'),
      stride: numberParameter(parameters, 'stride'),
    });
    const score = scoreOf(target, sample.logits, model.output);
    const falls = new Float64Array(sample.count);
    const times = new Float64Array(sample.count);
    let done = 0;
    for (const baseline of baselines) {
      const replace = replacer(context, baseline);
      for (const chunk of chunks(all, context.chunk)) {
        context.progress(done, all.length * baselines.length, 'Taking pieces away');
        const logits = await forwardRows(context, meter, chunk.map(replace.row), replace.feedEntries);
        chunk.forEach((window, row) => {
          const fall = score - scoreOf(target, logits[row] as Float32Array, model.output);
          for (const feature of window) {
            falls[feature] = (falls[feature] as number) + fall;
            times[feature] = (times[feature] as number) + 1;
          }
        });
        done += chunk.length;
      }
    }
    const relevance = Float32Array.from(falls.map((fall, i) => (times[i] === 0 ? 0 : fall / (times[i] as number))));
    const baselineScore =
      baselines.reduce((sum, point) => sum + scoreOf(target, point.logits, model.output), 0) / baselines.length;
    return {
      relevance,
      accounting: accounting({
        relevance,
        sum: relevance.reduce((sum, value) => sum + value, 0),
        score,
        baselineScore,
        evaluations: meter.evaluations,
      }),
      path: null,
      warnings: fixedShare(relevance, sample.fixed),
      modelMilliseconds: meter.milliseconds,
      programKey: meter.programKey,
    };
  },
};
