/** The outside world of the command line, so that tests can be one. */
import type { Task } from '../protocol';
import type { Services } from '../services/types';

/** Where text goes. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Width in columns; undefined when it is no terminal. */
  readonly columns: number | undefined;
  write(data: string | Uint8Array): void;
  /** Resolves when everything written has left the process. */
  flush(): Promise<void>;
}

export interface ServicesWish {
  readonly engine: string | null;
  /** What the numbers of models are, where that was said. */
  readonly task?: Task;
  /** Models run in a process of their own: quicker for many samples, slower to begin. */
  readonly forked?: boolean;
  readonly log?: (message: string) => void;
}

export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** Aborted by the first Ctrl-C. */
  interrupted(): AbortSignal;
  /** The services over this process's own compute: quickest start; over another's where that is wished. */
  services(wish: ServicesWish): Promise<Services>;
}

/** The real process. A closed pipe (`| head`) ends it quietly; a second Ctrl-C ends it at once. */
export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  return {
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    interrupted() {
      const controller = new AbortController();
      process.on('SIGINT', () => {
        if (controller.signal.aborted) process.exit(130);
        controller.abort();
      });
      return controller.signal;
    },
    async services({ engine, task, forked, log }) {
      const [{ createServices }, { cacheFolder }, compute] = await Promise.all([
        import('../services'),
        import('../survey/location'),
        forked === true
          ? import('../compute/fork').then(({ forkedCompute }) => forkedCompute())
          : import('../compute/local').then(({ localCompute }) => localCompute()),
      ]);
      return createServices({
        folders: [process.cwd()],
        compute,
        engine,
        ...(task === undefined ? {} : { task }),
        cacheFolder: cacheFolder(process.env),
        ...(log === undefined ? {} : { log: (_level, message) => log(message) }),
      });
    },
  };
}

function sink(stream: NodeJS.WriteStream): Sink {
  return {
    isTerminal: stream.isTTY,
    columns: stream.isTTY ? stream.columns : undefined,
    write: (data) => void stream.write(data),
    flush: () => new Promise((resolve) => stream.write('', () => resolve())),
  };
}
