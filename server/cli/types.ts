/** What a command is. */
import type { Io } from './io';
import type { Syntax, Values } from './options';

export interface Invocation {
  readonly command: Syntax;
  readonly values: Values;
  readonly positionals: readonly string[];
  readonly io: Io;
}

/** A command that checks something answers with its exit code: 1 when it failed, 2 when it could not be found out. */
export type Command = ((invocation: Invocation) => Promise<void>) | ((invocation: Invocation) => Promise<0 | 1 | 2>);

export interface CommandEntry extends Syntax {
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
  load(): Promise<Command>;
}
