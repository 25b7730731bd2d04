/** A device that is lost in the middle: the run is repeated on the processor, and so are those that follow. */
import { UserError } from '../errors';
import type { Program } from '../program/types';
import { engineLog } from './log';
import type { Engine, Executable } from './types';

/** What drivers and runtimes say when a device is gone, reset or full. */
const LOST =
  /device (is |was )?(lost|removed|hung|reset|destroyed)|device_lost|CUDA (failure|error)|out of memory|GPUDevice/i;

function isLost(error: unknown): boolean {
  const said = error instanceof UserError ? `${error.what} ${String(error.cause)}` : String(error);
  return LOST.test(said);
}

/**
 * @param report Told once when the device is lost.
 */
export function withProcessor(
  engine: Engine,
  processor: () => Promise<Engine>,
  report: (line: string) => void = (line) => engineLog('warn', line),
): Engine {
  let lost: Promise<Engine> | null = null;
  const lose = (error: unknown): Promise<Engine> => {
    if (lost === null) {
      report(`${engine.name} was lost (${String(error).split('\n')[0] ?? ''}): runs go on onnxruntime/cpu`);
      lost = processor();
    }
    return lost;
  };
  return {
    // Results say where they were computed.
    get name() {
      return lost === null ? engine.name : 'onnxruntime/cpu';
    },
    ...(engine.memory === undefined ? {} : { memory: engine.memory }),
    async compile(program) {
      if (lost !== null) return (await lost).compile(program);
      const executable = await engine.compile(program).catch(async (error: unknown) => {
        if (!isLost(error)) throw error;
        return (await lose(error)).compile(program);
      });
      return guarded(executable, program, lose);
    },
  };
}

function guarded(executable: Executable, program: Program, lose: (error: unknown) => Promise<Engine>): Executable {
  let substitute: Promise<Executable> | null = null;
  return {
    ...executable,
    async run(feeds, signal) {
      if (substitute !== null) return (await substitute).run(feeds, signal);
      try {
        return await executable.run(feeds, signal);
      } catch (error) {
        if (!isLost(error)) throw error;
        substitute = lose(error).then((engine) => engine.compile(program));
        return (await substitute).run(feeds, signal);
      }
    },
    dispose() {
      executable.dispose();
      void substitute?.then((own) => {
        own.dispose();
      });
    },
  };
}
