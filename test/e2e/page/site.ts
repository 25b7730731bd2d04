/** The page with its stylesheet and the harness, bundled in memory, under the policy that the extension sets. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const nonce = 'c2FtcGxlLW5vbmNl';
const folder = fileURLToPath(new URL('../../../webview/', import.meta.url));

export interface SiteFile {
  readonly type: string;
  readonly body: string;
}

/** Files by path; `/` is the page. */
export async function site(): Promise<Readonly<Record<string, SiteFile>>> {
  const { outputFiles, warnings } = await build({
    entryPoints: { webview: `${folder}main.ts`, harness: `${folder}dev/harness.ts` },
    outdir: '/',
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    tsconfig: `${folder}tsconfig.json`,
  });
  if (warnings.length > 0) throw new Error(warnings.map((warning) => warning.text).join('\n'));
  const scripts = Object.fromEntries(
    outputFiles.map(({ path, text }) => [path.replace(/^.*[\\/]/, '/'), { type: 'text/javascript', body: text }]),
  );
  return {
    '/': { type: 'text/html', body: html() },
    '/webview.css': { type: 'text/css', body: await readFile(`${folder}style.css`, 'utf8') },
    ...scripts,
  };
}

function html(): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `font-src 'self'`,
    `img-src 'self' blob:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${nonce}">
<link rel="stylesheet" href="/webview.css" nonce="${nonce}">
<title>Model Blame</title>
</head>
<body>
<script src="/harness.js" nonce="${nonce}"></script>
<script src="/webview.js" nonce="${nonce}"></script>
</body>
</html>`;
}
