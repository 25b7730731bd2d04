/** The page's frame: no inline script or style, no network, nothing of the dataset in it. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The only folder the page may load from. */
export function pageRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist');
}

/** @param page Script of the page, and its own style sheet beside the common one. */
export function pageHtml(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  page: { readonly script: string; readonly style?: string } = { script: 'webview.js' },
): string {
  const nonce = randomBytes(18).toString('base64');
  const of = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(pageRoot(extensionUri), file)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} blob:`,
  ].join('; ');
  const styles = ['webview.css', ...(page.style === undefined ? [] : [page.style])].map(
    (file) => `<link rel="stylesheet" href="${of(file)}" nonce="${nonce}">`,
  );
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${nonce}">
${styles.join('\n')}
<title>Model Blame</title>
</head>
<body>
<script src="${of(page.script)}" nonce="${nonce}"></script>
</body>
</html>`;
}
