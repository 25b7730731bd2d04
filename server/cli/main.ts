/** Chooses the command, turns errors into one line and an exit code. */
import { Cancelled, UserError } from '../errors';
import { visible } from '../render/text';
import { commands } from './commands';
import { commandHelp, overview } from './help';
import type { Io } from './io';
import { parse } from './options';
import { version } from './version';

/** Exit codes: 0 fine, 1 a failed check or a defect of ours, 2 wrong use or bad input, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Runs one invocation. @param args Arguments after the program's name. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const debug = args.includes('--debug');
  try {
    return await dispatch(args, io);
  } catch (error) {
    return report(error, io, debug);
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<ExitCode> {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const asked = commands.find(({ name }) => first === 'help' && name === rest[0]);
    const text = asked === undefined ? overview(commands) : commandHelp(asked);
    (first === undefined ? io.stderr : io.stdout).write(text);
    return first === undefined ? 2 : 0;
  }
  if (first === '--version' || first === '-V') {
    io.stdout.write(`${version()}\n`);
    return 0;
  }
  const command = commands.find(({ name }) => name === first);
  if (command === undefined)
    throw new UserError('unknown-command', `There is no command “${first}”`, {
      next: `use one of ${commands.map(({ name }) => name).join(', ')}, or --help`,
    });
  const { values, positionals } = parse(command, rest);
  if (values.flag('help')) {
    io.stdout.write(commandHelp(command));
    return 0;
  }
  const load = await command.load();
  return (await load({ command, values, positionals, io })) ?? 0;
}

function report(error: unknown, io: Io, debug: boolean): ExitCode {
  if (error instanceof Cancelled) {
    io.stderr.write('model-blame: cancelled\n');
    return 130;
  }
  const known = error instanceof UserError;
  const text = error instanceof Error ? error.message : String(error);
  const line = known ? text : `internal error: ${text} — this is a defect of model-blame; --debug shows where`;
  io.stderr.write(`model-blame: ${visible(line)}\n`);
  if (debug && error instanceof Error) io.stderr.write(`${visible(error.stack ?? '', { keepLayout: true })}\n`);
  return known ? 2 : 1;
}
