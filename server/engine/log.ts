/** What engines have to tell beside results: which one was taken and why not those before it, a device that was lost. */
export type EngineLog = (level: 'info' | 'warn', line: string) => void;

/** A command line shows warnings only. */
let tell: EngineLog = (level, line) => {
  if (level === 'warn') process.stderr.write(`${line}\n`);
};

export function engineLog(level: 'info' | 'warn', line: string): void {
  tell(level, line);
}

/** From here on lines go there. */
export function sendEngineLog(to: EngineLog): void {
  tell = to;
}
