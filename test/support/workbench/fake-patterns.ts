/** Patterns of the stand-in server: the last row of a file is unlike its class; flags lie in `flags.json` beside it. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Connection } from 'vscode-languageserver/node';
import * as protocol from '../../../server/protocol';
import type { ModelRef, PatternsRequest, PatternsResponse, ShortcutsRequest } from '../../../server/protocol';

export function fakePatterns(connection: Connection, model: ModelRef, read: (uri: string) => string | undefined): void {
  const textOf = (uri: string): string | undefined =>
    read(uri) ?? (existsSync(fileURLToPath(uri)) ? readFileSync(fileURLToPath(uri), 'utf8') : undefined);
  const flagsOf = (uri: string): readonly string[] =>
    (textOf(new URL('flags.json', uri).href) ?? '// flags\nlunch\n').split('\n')[1]?.split(',') ?? [];

  connection.onRequest(protocol.shortcuts, ({ uris: [first = ''], flagged }: ShortcutsRequest) => {
    const uri = new URL('flags.json', first).href;
    const text = flagged === undefined ? null : `// flags\n${flagged.join()}\n`;
    const exact = new URL(first).pathname.split('/').pop() ?? '';
    return { features: flagged ?? flagsOf(first), uri, folder: new URL('.', first).href, glob: '*.csv', exact, text };
  });
  connection.onRequest(protocol.patterns, ({ uris: [uri = ''] }: PatternsRequest): PatternsResponse => {
    const rows = (textOf(uri) ?? '').split('\n').filter((line) => line !== '').length - 1;
    return {
      model,
      method: 'gradient',
      parameters: {},
      cell: null,
      class: null,
      target: 'predicted',
      total: rows,
      labelled: rows,
      mistakes: 1,
      skipped: 0,
      samples: [
        {
          address: { kind: 'record', uri, record: rows },
          title: '',
          text: '',
          gold: 0,
          predicted: 1,
          probability: 0.73,
        },
      ],
      kind: 'words',
      unusual: [{ sample: 0, why: 'unlike', score: 4, features: [{ name: 'third' }] }],
      warnings: flagsOf(uri).map((flag) => ({
        code: 'flag-absent',
        message: `None of the samples explained has the flagged feature “${flag}”: nothing is listed for it.`,
      })),
      milliseconds: 1,
    };
  });
  // A file changed: tests say so by a request of their own.
  connection.onRequest('test/changed', ({ uris }: { readonly uris: readonly string[] }) =>
    connection.sendNotification(protocol.changed, { uris }),
  );
}
