#!/usr/bin/env node
/** The command line's front door: the program `model-blame`. Everything heavy is imported by the command that needs it. */
import { run } from './cli/main';
import { processIo } from './cli/io';

const io = processIo();
const code = await run(process.argv.slice(2), io);
await io.stdout.flush();
// Native sessions keep the event loop alive; what was written has been flushed.
process.exit(code);
