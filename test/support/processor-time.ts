/** Milliseconds of processor time that this process took so far: what other programs take of a busy machine is not in it. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
