import type { MethodInfo } from '../../../protocol';

/** What the picker, `model-blame methods` and the docs say about AttnLRP. */
export const info: MethodInfo = {
  id: 'attnlrp',
  name: 'AttnLRP',
  family: 'propagation',
  formula:
    'R = x ⊙ c; c as a gradient, but activations f(z)/z, products of two signals ½ to each, normalisations with a constant deviation',
  means:
    'The score handed back through a transformer: linear layers by contribution, softmax by its Taylor expansion, attention half to the weights and half to the values. The words’ values sum to the score, but for what the accounting lists.',
  needs:
    'A transformer (or another network) whose operators all have a rule; no baseline. Explains the class against the rest unless told otherwise: logits are only defined up to a shift, which would change the result.',
  misleads:
    'Softmax and biases absorb relevance, over many layers often more than the score itself, so values are shares only among each other; position embeddings take a part that no word shows (reported as position). The variant cpLRP conserves better, but says nothing about why the model looked where it did.',
  axioms: ['conservation (cpLRP, up to biases)', 'linearity in the target'],
  cost: '1 forward + 1 backward',
  papers: ['Achtibat et al. 2024, arXiv:2402.05602', 'Ali et al. 2022, arXiv:2202.07304 (cpLRP)'],
  usesBaseline: false,
  defaultTarget: 'contrastToRest',
  parameters: [
    {
      name: 'variant',
      type: 'choice',
      default: 'attnlrp',
      choices: ['attnlrp', 'cpLRP'],
      description: 'attnlrp: through softmax and gates; cpLRP: both held constant, which conserves up to biases',
    },
  ],
};
