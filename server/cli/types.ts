/** What a command is. */
import type { Io } from './io';
import type { Syntax, Values } from './options';

export interface Invocation {
  readonly command: Syntax;
  readonly values: Values;
  readonly positionals: readonly string[];
  readonly io: Io;
}

export interface CommandEntry extends Syntax {
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
  load(): Promise<(invocation: Invocation) => Promise<void>>;
}
