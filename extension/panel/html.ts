/** The page's frame: no inline script or style, no network, nothing of the dataset in it. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The only folder the page may load from. */
export function pageRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist');
}

export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const nonce = randomBytes(18).toString('base64');
  const of = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(pageRoot(extensionUri), file)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} blob:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${nonce}">
<link rel="stylesheet" href="${of('webview.css')}" nonce="${nonce}">
<title>Model Blame</title>
</head>
<body>
<script src="${of('webview.js')}" nonce="${nonce}"></script>
</body>
</html>`;
}
