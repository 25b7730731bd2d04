/** Saves the explainer of the sample in the panel as an ordinary `.onnx` file. */
import * as vscode from 'vscode';
import type { Context } from '../context';
import { PersonalError } from '../errors';

export async function exportProgram({ panels, server }: Context): Promise<void> {
  const state = panels.current?.state;
  const explanation = state?.explanation;
  if (state === undefined || explanation === undefined || explanation === null)
    throw new PersonalError({
      code: 'nothing-explained',
      what: vscode.l10n.t('Nothing is explained yet.'),
      where: null,
      next: vscode.l10n.t('Explain a sample first: its model and method are what is saved.'),
    });
  const { model, method, parameters } = explanation;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save the explainer ({0}, {1})', model.name, method),
    filters: { ONNX: ['onnx'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, `${model.name}.${method}.onnx`) }),
  });
  if (target === undefined) return;
  const title = vscode.l10n.t('Saving {0}', vscode.workspace.asRelativePath(target));
  const saved = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (_progress, token) => {
      const named = state.subject?.model ?? model.name;
      const { methods } = await server.api.choices({ model: named, address: explanation.sample.address }, token);
      // The baseline's stand among them, and are no part of the program.
      const own = methods.find(({ info }) => info.id === method)?.info.parameters ?? [];
      return server.api.exportProgram(
        {
          model: named,
          method,
          parameters: Object.fromEntries(
            own.flatMap(({ name }) => (parameters[name] === undefined ? [] : [[name, parameters[name]]])),
          ),
          target: state.choice.target,
          path: target.fsPath,
        },
        token,
      );
    },
  );
  void vscode.window.showInformationMessage(
    vscode.l10n.t('Saved {0} ({1} kB).', saved.path, Math.ceil(saved.bytes / 1024)),
  );
}
