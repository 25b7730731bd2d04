import type { MethodFamily } from '../protocol';

/** Headings of the method families, in lists for people. */
export const familyTitles: Readonly<Record<MethodFamily, string>> = {
  path: 'Paths from a baseline',
  gradient: 'Gradients',
  propagation: 'Relevance propagation',
  difference: 'Differences from a reference',
  layer: 'Inner layers',
  perturbation: 'Perturbation',
  blame: 'Blame',
};
