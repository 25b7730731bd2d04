/** ONNX Runtime's errors in words for people. */
import { UserError } from '../../errors';

/** An error of a run. @param model Where the error is: name of the program. */
export function runError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const message = error.message;
  const index =
    /indices element out of data bounds, idx=(-?\d+) must be within the inclusive range \[-?\d+,(\d+)\]/.exec(message);
  const node = /running (\w+) node\. Name:'([^']*)'/.exec(message);
  const where = node === null ? {} : { where: `node ${node[2] ?? ''} (${node[1] ?? ''})` };
  if (index !== null)
    return new UserError(
      'index-out-of-range',
      `The sample has id ${index[1] ?? ''}, but the model knows only 0 … ${index[2] ?? ''}`,
      {
        ...where,
        next: 'check that tokenizer (or category list) and model belong together',
        cause: error,
      },
    );
  if (/bad_alloc|Failed to allocate memory|cannot allocate/i.test(message))
    return new UserError('out-of-memory', 'There was not enough memory to run the model', {
      ...where,
      next: 'close other programs, or use a shorter text or a smaller picture',
      cause: error,
    });
  const shape = /Got invalid dimensions for input: (\S+)[\s\S]*?Got: (\d+) Expected: (\d+)/.exec(message);
  if (shape !== null)
    return new UserError(
      'wrong-shape',
      `Input ${shape[1] ?? ''} has ${shape[2] ?? ''} where the model expects ${shape[3] ?? ''}`,
      {
        next: 'check size, channels and layout of the input',
        cause: error,
      },
    );
  return new UserError('run-failed', `ONNX Runtime could not run the model: ${firstLine(message)}`, {
    ...where,
    next: 'check that the sample has the shape the model expects',
    cause: error,
  });
}

/** An error of loading a program. */
export function compileError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const memory = /bad_alloc|Failed to allocate memory|cannot allocate/i.test(error.message);
  const locale = /Failed to construct locale with name:([^:\s]+)/.exec(error.message)?.[1];
  if (locale !== undefined)
    return new UserError(
      'no-locale',
      `The model changes the case of text by the rules of ${locale}, which this system lacks`,
      {
        next: `install that locale (Debian, Ubuntu: apt-get install locales and localedef -i en_US -f UTF-8 en_US.UTF-8), or export the pipeline with lowercase=False`,
        cause: error,
      },
    );
  return memory
    ? new UserError('out-of-memory', 'There was not enough memory to load the model', {
        next: 'close other programs or use a smaller model',
        cause: error,
      })
    : new UserError('compile-failed', `ONNX Runtime refuses the program: ${firstLine(error.message)}`, {
        next: 'report it with the model’s operators: programs should always load',
        cause: error,
      });
}

const firstLine = (text: string): string => (text.split('\n').find((line) => line.trim() !== '') ?? text).slice(0, 400);
