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

/** Files by path; `/` is the panel's page, `/survey` the survey's, `/patterns` that of patterns. */
export async function site(): Promise<Readonly<Record<string, SiteFile>>> {
  const { outputFiles, warnings } = await build({
    entryPoints: {
      webview: `${folder}main.ts`,
      harness: `${folder}dev/harness.ts`,
      survey: `${folder}survey/main.ts`,
      'survey-harness': `${folder}dev/survey-harness.ts`,
      patterns: `${folder}patterns/main.ts`,
      'patterns-harness': `${folder}dev/patterns-harness.ts`,
    },
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
    '/': { type: 'text/html', body: html('harness.js', 'webview.js', ['webview.css']) },
    '/survey': { type: 'text/html', body: html('survey-harness.js', 'survey.js', ['webview.css', 'survey.css']) },
    '/patterns': {
      type: 'text/html',
      body: html('patterns-harness.js', 'patterns.js', ['webview.css', 'patterns.css']),
    },
    '/patterns.css': { type: 'text/css', body: await readFile(`${folder}patterns/style.css`, 'utf8') },
    '/survey.css': { type: 'text/css', body: await readFile(`${folder}survey/style.css`, 'utf8') },
    '/webview.css': { type: 'text/css', body: await readFile(`${folder}style.css`, 'utf8') },
    ...scripts,
  };
}

function html(harness: string, script: string, styles: readonly string[]): string {
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
${styles.map((file) => `<link rel="stylesheet" href="/${file}" nonce="${nonce}">`).join('\n')}
<title>Model Blame</title>
</head>
<body>
<script src="/${harness}" nonce="${nonce}"></script>
<script src="/${script}" nonce="${nonce}"></script>
</body>
</html>`;
}
