/** Model checks of the stand-in server: `mini.modelcheck.json` with one that holds, one that fails, one that never ends. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import * as protocol from '../../../server/protocol';
import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import type {
  CheckRequest,
  CheckResult,
  ChecksResponse,
  LocateRequest,
  LocateResponse,
} from '../../../server/protocol';

const names = ['holds', 'fails', 'never ends', 'faulty'];

export function answerChecks(connection: Connection): void {
  let folder = '';
  connection.onRequest(protocol.checks, async (): Promise<ChecksResponse> => {
    const [root] = (await connection.workspace.getWorkspaceFolders()) ?? [];
    folder = root?.uri ?? folder;
    const uri = `${folder}/mini.modelcheck.json`;
    if (!existsSync(fileURLToPath(uri))) return { files: [] };
    return {
      files: [
        {
          uri,
          problem: null,
          checks: names.map((name, index) => ({
            name,
            kind: name === 'faulty' ? null : 'accuracy',
            range: rangeOf(index),
            problem: name === 'faulty' ? { message: 'It is faulty.', next: null, range: rangeOf(index) } : null,
            about: 'mini.csv',
            acceptable: name === 'holds',
          })),
        },
      ],
    };
  });
  connection.onRequest(protocol.check, (request: CheckRequest, token: CancellationToken) => run(request, token));
  connection.onRequest(protocol.locate, (request: LocateRequest) => locate(request, folder));
}

function rangeOf(index: number): CheckResult['range'] {
  return { start: { line: index + 1, character: 0 }, end: { line: index + 1, character: 5 } };
}

async function run({ uri, name, accept }: CheckRequest, token: CancellationToken): Promise<CheckResult> {
  const csv = pathToFileURL(join(dirname(fileURLToPath(uri)), 'mini.csv')).href;
  const result = {
    name,
    kind: 'accuracy',
    uri,
    range: rangeOf(names.indexOf(name)),
    next: null,
    model: '',
    milliseconds: 3,
  };
  const measured = {
    what: 'accuracy',
    value: 0.5,
    atLeast: 0.9,
    atMost: null,
    expected: 'accuracy at least 0.9',
    actual: 'accuracy 0.5',
    count: 3,
  };
  switch (name) {
    case 'never ends':
      await new Promise((resolve) => token.onCancellationRequested(resolve));
      throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    case 'fails':
      return {
        ...result,
        outcome: 'failed',
        message: 'accuracy 0.5, asked: at least 0.9\n  mini.csv:3  spam 0.73, gold ham',
        measured,
        samples: [
          { address: { kind: 'line', uri: csv, line: 3 }, name: 'mini.csv:3', line: 3, detail: 'spam 0.73, gold ham' },
        ],
      };
    case 'faulty':
      return {
        ...result,
        kind: null,
        outcome: 'errored',
        message: 'It is faulty.',
        next: 'Correct it.',
        measured: null,
        samples: [],
      };
    default:
      return {
        ...result,
        outcome: 'passed',
        message: accept === true ? 'Accepted.' : 'accuracy 1',
        measured,
        samples: [],
      };
  }
}

/** Rows of `mini.csv`, by whatever path that ends so. */
function locate({ candidates }: LocateRequest, folder: string): LocateResponse {
  const found = candidates.flatMap((candidate, index): LocateResponse['found'] => {
    if (candidate.kind !== 'file' || !/(^|\/)mini\.csv$/.test(candidate.path) || candidate.line === undefined)
      return [];
    const uri = candidate.path.startsWith('/') ? pathToFileURL(candidate.path).href : `${folder}/mini.csv`;
    const address = { kind: 'line', uri, line: candidate.line } as const;
    return [{ address, model: null, name: `mini.csv:${candidate.line}`, preview: '', candidate: index }];
  });
  const missed = candidates.flatMap((candidate, index) =>
    found.some((one) => one.candidate === index) || (candidate.kind === 'id' && !candidate.sure)
      ? []
      : [{ text: candidate.text, reason: 'the fake has none' }],
  );
  return { found, missed };
}
