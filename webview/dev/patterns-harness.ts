/** Plays the part of VS Code around the Patterns page: passes on what a test sends as JSON. */
import type { FromPatternsPage, ToPatternsPage } from '../../server/protocol/patterns-page';
import { playWorkbench } from './workbench';

const stage = playWorkbench<FromPatternsPage, ToPatternsPage>('patterns');

/** Float32 arrays as `{ "f32": [ … ] }`. */
function send(json: string): void {
  const message: unknown = JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && 'f32' in value
      ? Float32Array.from((value as { readonly f32: readonly number[] }).f32)
      : value,
  );
  stage.send(message as ToPatternsPage);
}

Object.assign(window, { harness: { ...stage, send } });
