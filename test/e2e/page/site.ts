/** The page with its stylesheet and the harness, bundled in memory, under the policy that the extension sets. */
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
      style: `${folder}style.css`,
      'survey-style': `${folder}survey/style.css`,
      'patterns-style': `${folder}patterns/style.css`,
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
  const built = Object.fromEntries(
    outputFiles.map(({ path, text }) => {
      const type = path.endsWith('.css') ? 'text/css' : 'text/javascript';
      return [path.replace(/^.*[\\/]/, '/'), { type, body: text }];
    }),
  );
  return {
    '/': { type: 'text/html', body: html('harness.js', 'webview.js', ['style.css']) },
    '/survey': { type: 'text/html', body: html('survey-harness.js', 'survey.js', ['style.css', 'survey-style.css']) },
    '/patterns': {
      type: 'text/html',
      body: html('patterns-harness.js', 'patterns.js', ['style.css', 'patterns-style.css']),
    },
    ...built,
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
