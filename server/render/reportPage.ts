/** The page around every report: it stands alone, runs nothing and asks for nothing. */
import { createHash } from 'node:crypto';
import { escapeHtml, visible } from './text';

export interface ReportPage {
  /** Plain text; also the heading. */
  readonly title: string;
  readonly style: string;
  /** HTML below the heading, and of the body: texts in it went through `safe`. */
  readonly header: string;
  readonly main: string;
}

export function reportPage({ title, style, header, main }: ReportPage): string {
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${safe(title)} · Model Blame</title>
<style>${style}</style>
</head>
<body>
<header>
<h1><bdi>${safe(title)}</bdi></h1>
${header}
</header>
<main>
${main}
</main>
</body>
</html>
`;
}

/** Visible and escaped: the only way of text into a report. */
export function safe(text: string): string {
  return escapeHtml(visible(text));
}
