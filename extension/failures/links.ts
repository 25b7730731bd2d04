/** Names of samples in a terminal become links: `reviews.csv:17` in any program's output, where it means a sample. */
import * as vscode from 'vscode';
import type { FoundSample } from '../../server/protocol';
import type { Context } from '../context';
import { failurePatterns } from '../config';
import { sightings } from './candidates';

const MOST_LINE = 2000;

export function registerTerminalLinks(context: Context): vscode.Disposable {
  const samples = new WeakMap<vscode.TerminalLink, FoundSample>();
  return vscode.window.registerTerminalLinkProvider({
    async provideTerminalLinks({ line }, token) {
      // Words that only may be ids would ask the server about every line.
      const seen = sightings(line.slice(0, MOST_LINE), failurePatterns()).filter(
        ({ candidate }) => candidate.kind === 'file' || (candidate.kind === 'id' && candidate.sure),
      );
      if (seen.length === 0) return [];
      try {
        const { found } = await context.server.api.locate(
          { candidates: seen.map(({ candidate }) => candidate), near: [] },
          token,
        );
        return found.flatMap((sample) => {
          const place = seen[sample.candidate];
          if (place === undefined) return [];
          const tooltip = vscode.l10n.t('Explain {0}', sample.name);
          const link = new vscode.TerminalLink(place.start, place.end - place.start, tooltip);
          samples.set(link, sample);
          return [link];
        });
      } catch (error) {
        context.log.debug(`terminal links: ${String(error)}`);
        return [];
      }
    },
    handleTerminalLink(link: vscode.TerminalLink) {
      const sample = samples.get(link);
      if (sample !== undefined) context.panels.show({ address: sample.address, model: sample.model });
    },
  });
}
