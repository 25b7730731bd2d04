import { accounting } from '../../accounting';
import { defaultConvolution } from '../../layers';
import { placesOf } from '../../places';
import { magnitudes, pooling } from '../../pooling';
import { newMeter } from '../../runs';
import { scoreOf } from '../../scores';
import type { Method } from '../../types';
import { relevanceAt } from '../propagation/guided';
import { needsGuidedConvolution, withLayer } from './fits';
import { camLayer, classMap } from './grad-cam';
import { readsAt } from './points';

/** Enlarged Grad-CAM map ⊙ guided backpropagation, element by element (Selvaraju et al. 2017). */
export const guidedGradCam: Method = {
  info: {
    id: 'guided-grad-cam',
    name: 'Guided Grad-CAM',
    family: 'layer',
    formula: 'R_i = L_i · G_i  (L: Grad-CAM, enlarged; G: guided backpropagation)',
    means: 'The fine detail of guided backpropagation, kept only where Grad-CAM says the class was found.',
    needs: 'A convolution with more than one position and activations; no baseline.',
    misleads:
      'The details are those of guided backpropagation, which redraws edges whatever the class; only the place depends on the class, and that as coarsely as Grad-CAM. The values have no unit and no sum.',
    axioms: ['sensitivity (b)'],
    cost: '2 forward + 2 backward',
    papers: ['Selvaraju et al. 2017, arXiv:1610.02391', 'Springenberg et al. 2014, arXiv:1412.6806'],
    usesBaseline: false,
    parameters: [camLayer],
  },
  batches: false,
  exports: { because: 'it multiplies Grad-CAM with guided backpropagation' },
  unfit: needsGuidedConvolution,
  settle: withLayer(defaultConvolution),
  reads: readsAt(defaultConvolution),
  async run(context) {
    const { sample } = context;
    const meter = newMeter();
    const { relevance: map, layer, warnings } = await classMap(context, meter, false);
    const guided = await relevanceAt(context, meter, 'guided-backprop', 'one');
    const places = placesOf(context.entries, sample);
    const products = Object.fromEntries(
      Object.entries(places).map(([entry, place]) => {
        const values = guided[entry] as Float32Array;
        return [entry, values.map((value, i) => value * (map[place[i] as number] ?? 0))];
      }),
    );
    const pool = pooling(places, sample.count);
    pool.add(products);
    const relevance = Float32Array.from(pool.features());
    const score = scoreOf(context.target, sample.logits, context.model.output);
    return {
      relevance,
      ...magnitudes(products, places, sample),
      accounting: accounting({ relevance, sum: pool.sum, score, evaluations: meter.evaluations }),
      path: null,
      layer,
      warnings,
      modelMilliseconds: meter.milliseconds,
      programKey: meter.programKey,
    };
  },
};
