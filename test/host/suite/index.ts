/** The suite that runs inside the extension host, against the stand-in server. */
import { activation } from './activation';
import { assistant } from './assistant';
import { blaming } from './blaming';
import { checking } from './checking';
import { editing } from './editing';
import { explaining } from './explaining';
import { runAll } from './harness';
import { mistakes } from './mistakes';
import type { Result } from './harness';
import { processes } from './processes';

export function runSuite(): Promise<readonly Result[]> {
  return runAll([activation, explaining, blaming, editing, mistakes, assistant, checking, processes]);
}
