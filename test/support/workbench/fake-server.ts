/**
 * A stand-in for the attribution server behind the same protocol: whitespace tokens of a file's line, made-up numbers.
 * For tests of the extension alone, and for work on it while the server is broken.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createConnection, ResponseError, TextDocuments, TextDocumentSyncKind } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { answerChecks } from './fake-checks';
import { pack } from '../../../server/protocol/wire';
import { fakePatterns } from './fake-patterns';
import { fakeSurveys } from './fake-survey';
import * as protocol from '../../../server/protocol';
import type {
  BlameRequest,
  BlameResponse,
  CounterfactualRequest,
  CounterfactualResponse,
  ExplainRequest,
  Explanation,
  ModelRef,
  Prediction,
  RemovalStep,
  SampleAddress,
  SampleRef,
  SourceSpan,
  TokenFeature,
  UserErrorData,
} from '../../../server/protocol';

const connection = createConnection();
const documents = new TextDocuments(TextDocument);
documents.listen(connection);

const model: ModelRef = {
  name: 'fake',
  uri: 'file:///fake.onnx',
  hash: '0'.repeat(64),
  labels: ['ham', 'spam'],
  labelsArePlaceholders: false,
  output: 'softmax',
  inputKind: 'text',
};

interface Read {
  readonly sample: SampleRef;
  readonly tokens: readonly TokenFeature[];
  readonly text: string;
}

function read(address: SampleAddress): Read {
  if (address.kind !== 'line' && address.kind !== 'selection' && address.kind !== 'record')
    throw fail({ code: 'no-model', what: 'The fake reads rows only.', where: null, next: 'Use a row.' });
  const { uri } = address;
  const open = documents.get(uri);
  const content = open?.getText() ?? readFileSync(fileURLToPath(uri), 'utf8');
  const lines = content.split('\n');
  const line = address.kind === 'line' ? address.line - 1 : address.kind === 'record' ? address.record : 0;
  const at = address.kind === 'selection' ? address.range.start : { line, character: 0 };
  const whole = lines[at.line];
  if (whole === undefined || whole === '')
    throw fail({ code: 'row-past-end', what: `There is no line ${at.line + 1}.`, where: uri, next: 'Choose a row.' });
  const text = whole.slice(at.character);
  const span = (start: number, end: number): SourceSpan => ({
    uri,
    line: at.line + 1,
    range: {
      start: { line: at.line, character: at.character + start },
      end: { line: at.line, character: at.character + end },
    },
    startOffset: 0,
    endOffset: 0,
    startByte: 0,
    endByte: 0,
  });
  const tokens = [...text.matchAll(/[^\s,"]+/gu)].map((match, index): TokenFeature => ({
    token: match[0],
    text: match[0],
    id: index,
    word: index,
    special: false,
    textSpan: [match.index, match.index + match[0].length],
    source: span(match.index, match.index + match[0].length),
  }));
  const title = `${uri.split(/[/:]/).pop() ?? uri}:${at.line + 1}`;
  return {
    sample: { address, title, record: at.line, span: span(0, text.length), contentHash: String(content.length) },
    tokens,
    text,
  };
}

function predict(address: SampleAddress): Prediction {
  const { sample, tokens, text } = read(address);
  return {
    sample,
    model,
    scores: [
      { class: 1, label: 'spam', logit: 1, probability: 0.73 },
      { class: 0, label: 'ham', logit: 0, probability: 0.27 },
    ],
    gold: { label: 'spam', class: 1 },
    features: { kind: 'tokens', tokens, text, truncated: 0, window: { index: 0, count: 1 } },
    engine: 'fake/cpu',
    milliseconds: 1,
  };
}

async function explain({ address, progressToken, method }: ExplainRequest): Promise<Explanation> {
  const { scores, ...prediction } = predict(address);
  const relevance = Float32Array.from(read(address).tokens, (_token, index) => Math.cos(index));
  const sum = relevance.reduce((total, value) => total + value, 0);
  for (let done = 1; done <= 4; done++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (progressToken !== undefined)
      void connection.sendNotification(protocol.progress, { token: progressToken, done, total: 4, message: 'faking' });
  }
  return {
    ...prediction,
    prediction: scores,
    target: { kind: 'class', class: 1, label: 'spam', scale: 'logit' },
    method: method ?? 'gradient',
    parameters: {},
    baseline: null,
    relevance,
    accounting: { sum, score: 1, cancellation: 1, evaluations: 1 },
    path: null,
    warnings: [],
    modelMilliseconds: 1,
    programKey: 'fake',
  };
}

/** Every token replaced in order: gold from the second on. Slow enough to be cancelled. */
async function blame({ address, gold, progressToken }: BlameRequest): Promise<BlameResponse> {
  const explanation = await explain({
    address,
    model: null,
    method: 'blame',
    target: { kind: 'predicted' },
    baseline: null,
    parameters: {},
    ...(progressToken === undefined ? {} : { progressToken }),
  });
  const right = { class: typeof gold === 'number' ? gold : 1, label: model.labels[Number(gold ?? 1)] ?? '' };
  const order = [...explanation.relevance.keys()];
  const steps = [null, ...order].map((feature, removed): RemovalStep => {
    const flipped = removed > 1;
    return {
      removed,
      feature,
      class: flipped ? right.class : 1 - right.class,
      label: flipped ? right.label : (model.labels[1 - right.class] ?? ''),
      outcome: flipped ? 'gold' : 'same',
      gold: flipped ? 0.7 : 0.3,
      predicted: flipped ? 0.3 : 0.7,
    };
  });
  return {
    explanation,
    gold: right,
    prior: { probabilities: [0.5, 0.5], surprise: Math.LN2, source: null },
    replacement: { id: 'baseline', label: 'nothing' },
    order,
    trials: [{ replacement: 'nothing', donor: null, order, steps, flipsAt: 2 }],
    random: [],
    donors: [],
  };
}

function counterfactual({ address }: CounterfactualRequest): CounterfactualResponse {
  const { sample, scores, features } = predict(address);
  const first = read(address).tokens[0]?.text ?? '';
  return {
    sample,
    model,
    gold: { class: 0, label: 'ham' },
    before: scores,
    after: [...scores].reverse(),
    changes: [{ feature: 0, name: first, from: first, to: 'other' }],
    features,
    result: { kind: 'text', text: read(address).text.replace(first, 'other') },
    evaluations: 3,
    milliseconds: 1,
  };
}

function fail(data: UserErrorData): ResponseError<UserErrorData> {
  return new ResponseError(-32000, data.what, data);
}

connection.onInitialize(() => ({ capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental } }));
connection.onRequest(protocol.resolve, ({ address }: { address: SampleAddress }) => ({
  sample: read(address).sample,
  models: [{ name: 'fake', uri: model.uri, inputKind: 'text', origin: 'workspace-file', problem: null }],
}));
connection.onRequest(protocol.predict, ({ address }: { address: SampleAddress }) => pack(predict(address)));
connection.onRequest(protocol.explain, async (request: ExplainRequest) => {
  void connection.sendNotification(protocol.status, status('busy'));
  const explanation = await explain(request);
  void connection.sendNotification(protocol.status, status('idle'));
  return pack(explanation);
});
connection.onRequest(protocol.blame, async (request: BlameRequest) => pack(await blame(request)));
connection.onRequest(protocol.counterfactual, (request: CounterfactualRequest) => pack(counterfactual(request)));
answerChecks(connection);
connection.onRequest(protocol.choices, () => ({
  methods: [],
  baselines: [],
  layers: [],
  defaultMethod: 'gradient',
  defaultBaseline: '',
}));
connection.onRequest(protocol.models, () => ({
  models: [{ name: 'fake', uri: model.uri, inputKind: 'text', origin: 'workspace-file', problem: null }],
}));
connection.onRequest(protocol.engines, () => ({
  engines: [{ name: 'fake/cpu', available: true, detail: '1.0' }],
  chosen: 'fake/cpu',
}));
connection.onRequest(protocol.report, async (request: ExplainRequest) => ({
  content: JSON.stringify({ ...(await explain(request)), relevance: [] }),
}));
fakeSurveys(connection, model, (uri) => documents.get(uri)?.getText());
fakePatterns(connection, model, (uri) => documents.get(uri)?.getText());
connection.listen();

function status(state: 'busy' | 'idle'): protocol.StatusNotification {
  return { state, engine: 'fake/cpu', model: 'fake', message: null };
}
