/** Plays the part of VS Code around the panel's page: the host's messages for the scenes. */
import type { FromPage, ToPage } from '../../server/protocol/panel';
import { blameScenes } from './blame';
import * as samples from './samples';
import { playWorkbench } from './workbench';

const stage = playWorkbench<FromPage, ToPage>('panel');

const scenes = {
  text: () => samples.conversation(samples.textResults()),
  long: () => samples.conversation(samples.longResults(2000)),
  hostile: () => samples.conversation(samples.hostileResults()),
  image: () => samples.conversation(samples.imageResults()),
  digit: () => samples.conversation(samples.digitResults()),
  table: () => samples.conversation(samples.tableResults()),
  'table-texts': () => samples.conversation(samples.textTableResults()),
  quantity: () => samples.conversation(samples.quantityResults()),
  quantities: () => samples.conversation(samples.quantityResults(['price', 'rent'])),
  elements: () => samples.conversation(samples.elementResults()),
  ...blameScenes,
} as const;

const harness = {
  ...stage,
  scenes,
  samples,
  play: (name: keyof typeof scenes) => stage.send(...scenes[name]()),
};
export type Harness = typeof harness;
Object.assign(window, { harness });

const scene = new URLSearchParams(location.search).get('scene') as keyof typeof scenes | null;
if (scene !== null) window.addEventListener('load', () => harness.play(scene));
