/** `npx tsx test/e2e/page/serve.ts`, then http://127.0.0.1:4100/?scene=text&theme=vscode-light: the page without VS Code. */
import { createServer } from 'node:http';
import { site } from './site';

const port = 4100;
createServer((request, response) => {
  site()
    .then((files) => {
      const file = files[new URL(request.url ?? '/', 'http://localhost').pathname];
      response.writeHead(file === undefined ? 404 : 200, {
        'content-type': `${file?.type ?? 'text/plain'}; charset=utf-8`,
      });
      response.end(file?.body ?? 'not found');
    })
    .catch((error: unknown) => response.writeHead(500).end(String(error)));
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/?scene=text`));
