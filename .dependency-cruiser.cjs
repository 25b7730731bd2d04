/** The house's floors: nothing downstream is imported upstream (see CONTRIBUTING.md). */
const only = (name, path, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path },
  to: { pathNot: [...allowed, 'node_modules', '^node:', '^[a-z0-9_]+$', '^[a-z_]+/promises$'] },
});

const base = ['^server/(errors|random)\\.ts$', '^server/protocol/'];

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only('protocol-imports-nothing', '^server/protocol/', ['^server/protocol/'], 'Types of the wire only.'),
    only('graph', '^server/graph/', [...base, '^server/graph/'], 'ONNX semantics, shapes, builder.'),
    only('model', '^server/model/', [...base, '^server/(graph|model)/'], 'Importers.'),
    only('program', '^server/program/', [...base, '^server/(graph|model|program)/'], 'The relevance compiler.'),
    only('engine', '^server/engine/', [...base, '^server/(graph|model|program|engine)/'], 'Runs Programs.'),
    only(
      'dataset',
      '^server/dataset/',
      [...base, '^server/dataset/', '^server/workspace/types\\.ts$'],
      'Samples and their source maps.',
    ),
    only(
      'input',
      '^server/input/',
      [...base, '^server/(graph/(types|tensor)\\.ts|(engine|model)/types\\.ts|dataset/|input/|workspace/types\\.ts)'],
      'Samples to tensors.',
    ),
    only(
      'explain',
      '^server/explain/',
      [...base, '^server/(graph|model|program|engine|explain)/', '^server/input/types\\.ts$'],
      'Methods.',
    ),
    only(
      'compute',
      '^server/compute',
      [
        ...base,
        '^server/(graph|model|program|engine|explain|compute)/',
        '^server/compute\\.ts$',
        '^server/input/types\\.ts$',
      ],
      'Models and sessions.',
    ),
    only(
      'patterns',
      '^server/patterns/',
      [...base, '^server/patterns/', '^ml-kmeans$'],
      'Many explained samples: numbers in, findings out.',
    ),
    only('workspace', '^server/workspace/', [...base, '^server/workspace/', '^schemas/'], 'model-blame.json.'),
    only('checks', '^server/checks/', [...base, '^server/(checks|workspace)/'], 'What must hold for a model.'),
    only('survey', '^server/survey/', [...base, '^server/survey/'], 'Predictions of whole datasets: store, metrics.'),
    only(
      'evaluate',
      '^server/evaluate/',
      [...base, '^server/evaluate/'],
      'How good explanations are: numbers in, numbers out.',
    ),
    only('render', '^server/render/', [...base, '^server/render/'], 'Terminal, HTML, PNG, colours.'),
    only(
      'services',
      '^server/services/',
      [
        ...base,
        '^server/(services|survey|checks|patterns|evaluate|compute|workspace|dataset|input)/',
        '^server/(engine|explain|model|graph)/(types|tensor)\\.ts$',
      ],
      'What the front doors offer.',
    ),
    only(
      'webview',
      '^webview/',
      ['^webview/', '^server/protocol/', '^server/render/(colour|text|numbers|patternWords|scores)\\.ts$'],
      'Page: protocol types and pure drawing helpers.',
    ),
    only(
      'webview-widgets',
      '^webview/widgets/',
      ['^webview/widgets/', '^server/render/(colour|text)\\.ts$'],
      'Building blocks of every page: they know of no explanation.',
    ),
    only(
      'extension',
      '^extension/',
      ['^extension/', '^server/protocol/', '^server/render/(text|numbers|scores)\\.ts$', 'vscode'],
      'Host part: protocol types, and how text and numbers are written.',
    ),
    {
      name: 'server-never-vscode',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: '^vscode$|^extension/|^webview/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^(dist|out)/' },
    enhancedResolveOptions: { extensions: ['.ts', '.mts', '.js', '.mjs', '.json'] },
  },
};
