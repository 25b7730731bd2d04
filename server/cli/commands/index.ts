/** The table of commands. Each is one file, loaded when it is asked for, so that help stays instant. */
import type { CommandEntry } from '../types';

const sampleHelp = `SAMPLE is a row or a file:
  reviews.csv:17    physical line 17 (any line of a record that spans several)
  reviews.csv#16    data record 16, the header not counted
  posts.jsonl:17    line 17 of a JSON-lines file
  picture.png       a picture
or is given by --text or --tensor.`;

export const commands: readonly CommandEntry[] = [
  {
    name: 'explain',
    summary: 'explain the prediction of one sample',
    positional: '[SAMPLE]',
    description: `Explains one sample: the relevance of every token, pixel or column for the prediction.\n\n${sampleHelp}`,
    options: [
      'model',
      'text',
      'tensor',
      'method',
      'option',
      'baseline',
      'target',
      'contrast',
      'output-kind',
      'task',
      'conservation',
      'window',
      'position',
      'engine',
      'format',
      'out',
      'no-color',
    ],
    examples: [
      'model-blame explain reviews.csv:17',
      'model-blame explain reviews.csv:17 --target positive --contrast negative --method gradient-x-input',
      'model-blame explain digit.png --out digit.html',
      'model-blame explain --model sentiment.onnx --text "not nearly as good" --format json',
      'model-blame explain digit.png --method lrp --debug conservation',
    ],
    load: async () => (await import('./explain')).explain,
  },
  {
    name: 'predict',
    summary: 'predict one sample',
    positional: '[SAMPLE]',
    description: `Predicts one sample: classes with their probabilities and logits, or the quantities that a regression gives.\n\n${sampleHelp}`,
    options: ['model', 'text', 'tensor', 'task', 'window', 'position', 'engine', 'format', 'out', 'no-color'],
    examples: [
      'model-blame predict reviews.csv:17',
      'model-blame predict digit.png --format json',
      'model-blame predict houses.csv#3 --model price.keras --task regression',
    ],
    load: async () => (await import('./predict')).predict,
  },
  {
    name: 'blame',
    summary: 'say what in a misclassified sample is to blame, and test it by replacing it',
    positional: '[SAMPLE]',
    description: `Ranks what pushes a sample away from its gold label and replaces it in that order, predicting after every
step. With --dataset it does so for every misclassified sample, beside random order.\n\n${sampleHelp}`,
    options: [
      'model',
      'text',
      'tensor',
      'gold',
      'method',
      'option',
      'baseline',
      'remove',
      'replacement',
      'donors',
      'dataset',
      'flips',
      'most',
      'window',
      'position',
      'engine',
      'format',
      'out',
      'no-color',
    ],
    examples: [
      'model-blame blame reviews.csv:17',
      'model-blame blame digit.png --gold 4 --replacement donor --remove 10',
      'model-blame blame reviews.csv:17 --option signal=prior --option form=gradient --replacement baseline',
      "model-blame blame --dataset 'data/test/**' --flips 10",
    ],
    load: async () => (await import('./blame')).blame,
  },
  {
    name: 'counterfactual',
    summary: 'find the smallest change that makes the model answer the gold label',
    positional: '[SAMPLE]',
    description: `Finds a small change of the sample after which the model answers its gold label (or --gold): pixels and
numbers moved within their range, categories and words replaced.\n\n${sampleHelp}`,
    options: ['model', 'text', 'tensor', 'gold', 'most', 'window', 'position', 'engine', 'format', 'out', 'no-color'],
    examples: [
      'model-blame counterfactual reviews.csv:17',
      'model-blame counterfactual loans.csv#5 --gold no --out row.csv',
      'model-blame counterfactual digit.png --gold 4 --out four.png',
    ],
    load: async () => (await import('./counterfactual')).counterfactual,
  },
  {
    name: 'survey',
    summary: 'predict whole datasets: accuracy, confusion, slices, the worst mistakes',
    positional: '[FILE…]',
    several: true,
    description: `Predicts every sample of the files (CSV, TSV, JSON lines and arrays, pictures; globs and folders stand for the files
in them) and reports accuracy with intervals, precision, recall and F1 per class, confusion, calibration, and the
mistakes. Without FILE: all datasets that model-blame.json has for the model. What was predicted before is not
predicted again while model, row and settings are the same.
Formats: table, json, sarif, html (with the worst mistakes explained), arrow (a table for pandas or DuckDB).
Exit code 1: more samples are wrong than --fail-above allows.`,
    options: ['model', 'fail-above', 'where', 'slice', 'sort', 'top', 'fresh', 'engine', 'format', 'out', 'no-color'],
    examples: [
      'model-blame survey data/test.csv --fail-above 0.1',
      "model-blame survey 'data/*.csv' --slice source --sort surprise --top 50",
      'model-blame survey data/test.csv --where lang=de --out report.html',
      'model-blame survey --model mail --format sarif --out mistakes.sarif',
    ],
    load: async () => (await import('./survey')).survey,
  },
  {
    name: 'check',
    summary: 'run the model checks of this workspace: tests about models',
    positional: '[FILE…]',
    several: true,
    description: `Runs what model-blame.json and *.modelcheck.json files declare under "checks": accuracy of a slice, the label of
a sample, invariance under edits, right for the right reason (share of the relevance on words, columns, a region or a
mask), no new mistakes. Without FILE all of them below this folder; a folder stands for all below it.
Formats: terminal, junit (.xml), sarif, markdown (.md), json. Exit code 1: a check failed; 2: one could not be run.
With --model the checks are asked about another model than they name: a candidate.`,
    options: ['only', 'model', 'accept', 'engine', 'format', 'out', 'no-color'],
    examples: [
      'model-blame check',
      'model-blame check --only "*watermark*" --model models/candidate.onnx',
      'model-blame check tests/spam.modelcheck.json --out results.xml',
      'model-blame check --accept --only "no new mistakes"',
    ],
    load: async () => (await import('./check')).check,
  },
  {
    name: 'patterns',
    summary: 'what many explained samples have in common: shortcuts, rules, groups',
    positional: 'DATASET',
    description: `Predicts a dataset and explains its samples: which words, columns or regions carry the wrong class over all mistakes
of a kind, rules a class is predicted by, inputs that are never used, groups of samples explained alike (SpRAy), a map
(html), and samples explained unlike their class. DATASET is a file, a folder or a pattern.`,
    options: [
      'model',
      'by',
      'cell',
      'class',
      'of',
      'method',
      'option',
      'space',
      'groups',
      'flagged',
      'most',
      'engine',
      'format',
      'out',
      'no-color',
    ],
    examples: [
      'model-blame patterns data/test.csv',
      'model-blame patterns data/test.csv --cell spam:ham --by features',
      "model-blame patterns 'data/watermark/**' --class 8 --of gold --by clusters --out report.html",
      'model-blame patterns data/test.csv --by unusual --flagged reminders_sent --format json',
    ],
    load: async () => (await import('./patterns')).patterns,
  },
  {
    name: 'evaluate',
    summary: 'compare methods: which says best what the model does when features are removed',
    positional: 'DATASET',
    description: `Explains samples of a dataset by several methods, removes features in the order of each explanation, and watches the
probability of the predicted class: deletion and insertion with the area between them, comprehensiveness and sufficiency,
share of predictions that flip, and how relevance goes with what removing random sets does (faithfulness correlation).
An order by lot is the control. --method takes several ids with commas; without it, the quick ones that fit.
Which method wins hangs on what takes the place of removed features (--replacement baseline, sign-flip or mean).`,
    options: [
      'model',
      'method',
      'baseline',
      'replacement',
      'samples',
      'steps',
      'seed',
      'engine',
      'format',
      'out',
      'no-color',
    ],
    examples: [
      'model-blame evaluate data/test.csv',
      "model-blame evaluate 'data/test/**' --method lrp,integrated-gradients,kernel-shap --samples 200",
      'model-blame evaluate data/test.csv --replacement mean --out evaluation.md',
    ],
    load: async () => (await import('./evaluate')).evaluate,
  },
  {
    name: 'export',
    summary: 'save a model with its explanation as one .onnx file',
    description:
      'Saves the compiled program (forward and relevance pass in one graph) as an ordinary .onnx file,\nwhich runs in ONNX Runtime without this program.',
    options: ['model', 'method', 'option', 'target', 'contrast', 'output-kind', 'task', 'out', 'engine'],
    examples: [
      'model-blame export --model sentiment --method gradient-x-input --out explainer.onnx',
      'model-blame export --model digits --method lrp --option composite=epsilonPlusFlat -o explainer.onnx',
    ],
    load: async () => (await import('./export')).exportProgram,
  },
  {
    name: 'methods',
    summary: 'list the attribution methods with what they mean and where they mislead',
    description: 'Lists the attribution methods: meaning, needs, where they mislead, axioms, cost, parameters.',
    positional: '[ID]',
    options: ['method', 'format', 'no-color'],
    examples: ['model-blame methods', 'model-blame methods lrp'],
    load: async () => (await import('./methods')).methods,
  },
  {
    name: 'rules',
    summary: 'show which rule layer-wise relevance propagation gives to every node',
    positional: '[MODEL]',
    description: `Prints node, operator and rule for every node of a model, from the input to the logits, without running it.
MODEL is a name of the workspace file, or a model file or export folder.`,
    options: ['model', 'composite', 'option', 'format', 'out', 'no-color'],
    examples: [
      'model-blame rules digits --composite epsilonPlusFlat',
      'model-blame rules model.onnx --option rule=gamma --option gamma=0.5',
    ],
    load: async () => (await import('./rules')).rules,
  },
  {
    name: 'units',
    summary: 'the units of a layer that matter for a class over the dataset',
    description:
      'Asks about a class without a sample: the most influential units of a layer over the model’s dataset,\nand the samples that excite them. With --contrast: for one class rather than the other.\nOptions: layer=VALUE, distribution=dataset|class, draws=200, units=10, examples=5.',
    options: ['model', 'target', 'contrast', 'option', 'engine', 'format', 'out', 'no-color'],
    examples: [
      'model-blame units --model digits --target 8',
      'model-blame units --model digits --target 8 --contrast 3',
    ],
    load: async () => (await import('./units')).units,
  },
  {
    name: 'models',
    summary: 'list the models of this workspace, or tell about one',
    positional: '[MODEL]',
    description: `Lists the models that the workspace files and export folders below this folder name. With MODEL, a name or a path:
what it reads and returns, where its logit is, its operators, and which methods fit it.`,
    options: ['task', 'engine', 'format', 'no-color'],
    examples: ['model-blame models', 'model-blame models model.keras'],
    load: async () => (await import('./models')).models,
  },
  {
    name: 'engines',
    summary: 'list the engines of this machine, and why others are missing',
    description: 'Lists the engines that are present, the one that is chosen, and why others are not there.',
    options: ['engine', 'measure', 'format', 'no-color'],
    examples: ['model-blame engines', 'model-blame engines --measure'],
    load: async () => (await import('./engines')).engines,
  },
];
