/** How much memory a graphics device has, as far as anything tells. */
import { execFile } from 'node:child_process';

/** Milliseconds that NVIDIA's tool may take: it starts the driver where nothing else did. */
const PATIENCE = 10_000;

/**
 * @param largestBuffer Bytes of the largest buffer that WebGPU gives: no device has less memory.
 * @param ask NVIDIA's tool, which knows the memory of its devices.
 * @returns Bytes; null where nobody says.
 */
export async function deviceMemory(
  largestBuffer: number | null,
  ask: () => Promise<string> = askNvidia,
): Promise<number | null> {
  const told = memoryOf(await ask().catch(() => ''));
  return told ?? largestBuffer;
}

/** Bytes of the first device in `nvidia-smi --query-gpu=memory.total --format=csv,noheader,nounits`: MiB by line. */
export function memoryOf(answer: string): number | null {
  const mebibytes = Number(/^\s*(\d+)\s*$/m.exec(answer)?.[1] ?? Number.NaN);
  return mebibytes > 0 ? mebibytes * 2 ** 20 : null;
}

function askNvidia(): Promise<string> {
  return new Promise((resolve, reject) => {
    const query = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
    execFile('nvidia-smi', query, { timeout: PATIENCE }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error('nvidia-smi does not answer', { cause: error }));
    });
  });
}
