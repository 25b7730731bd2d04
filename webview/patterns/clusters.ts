/** Groups of one class: name, size, mistakes, median heatmap, features. */
import type { PatternsResponse } from '../../server/protocol';
import { namedFeatures } from '../../server/protocol/patterns';
import { significant } from '../../server/render/numbers';
import { groupsWords, labelOf, sampleCount } from '../../server/render/patternWords';
import { data, h } from '../widgets/dom';
import { heatmapCanvas } from './heatmap';
import type { PatternsPage } from './page';

export function clustersView(answer: PatternsResponse, page: PatternsPage): HTMLElement {
  const reports = answer.clusters ?? [];
  if (reports.length === 0) return h('p', {}, 'No class has the 20 samples that grouping needs.');
  return h(
    'div',
    {},
    ...reports.map((report) => {
      const label = labelOf(answer, report.class);
      const eigenvalues = report.eigenvalues.map((value) => significant(value, 2)).join(' · ');
      return h(
        'section',
        { class: 'report' },
        h(
          'h3',
          {},
          data(label),
          h(
            'span',
            { class: 'dim', title: `Eigenvalues of the Laplacian: ${eigenvalues}` },
            ` · ${groupsWords(report)}`,
          ),
        ),
        h(
          'div',
          { class: 'groups' },
          ...report.clusters.map((cluster) =>
            h(
              'button',
              {
                type: 'button',
                class: 'group',
                onclick: () =>
                  page.pick({
                    title: `${label}: ${cluster.name}`,
                    samples: cluster.samples,
                    features: cluster.features.slice(0, namedFeatures).map(({ feature }) => feature),
                  }),
              },
              h('strong', {}, data(cluster.name)),
              h('span', { class: 'block' }, `${sampleCount(cluster.samples.length)}, ${cluster.wrong} wrong`),
              cluster.heatmap === undefined ? null : heatmapCanvas(cluster.heatmap, 'median heatmap'),
              h(
                'span',
                { class: 'dim block' },
                data(
                  cluster.features
                    .slice(0, 5)
                    .map(({ feature }) => feature.name)
                    .join(', '),
                ),
              ),
            ),
          ),
        ),
      );
    }),
  );
}
