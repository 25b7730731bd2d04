/** The attribution server: a language server over IPC (editors' default) or `--stdio`. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { forkedCompute } from './compute/fork';
import { serve } from './lsp/server';
import { explanationHtml } from './render/html';
import { explanationJson } from './render/json';
import { createServices } from './services';
import { cacheFolder } from './survey/location';
import { validate } from './workspace/validate';

const connection = createConnection(ProposedFeatures.all);

// One request's defect must not end the server; whatever it is, the log has it.
process.on('uncaughtException', (error) => connection.console.error(`uncaught: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) => {
  connection.console.error(`unhandled: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`);
});
// The editor is gone, however it ended: with it the compute process, which ends with this one.
process.on('disconnect', () => process.exit(0));

serve(connection, ({ settings, folders, log, status }) => {
  const compute = forkedCompute({
    ...(settings.memoryLimit === null ? {} : { memoryLimit: settings.memoryLimit }),
    onStart: (pid) => log('info', `compute process ${pid ?? '?'} started`),
    onLog: log,
    onState: (state, message) => {
      if (message !== null) log('warn', message);
      status(state, message);
    },
  });
  // Compiles the schema while nobody asks for anything yet: the first question would wait for it.
  setImmediate(() => validate({}));
  const { engine, trusted } = settings;
  return {
    services: createServices({ folders, compute, trusted, engine, log, cacheFolder: cacheFolder(process.env) }),
    html: explanationHtml,
    json: explanationJson,
  };
});
