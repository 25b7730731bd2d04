/** How much memory a model may take. */
import { readFileSync } from 'node:fs';
import { freemem, platform, totalmem } from 'node:os';

/** Bytes that can be had without swapping, as far as the system says; a container's own limit counts. */
export function availableBytes(): number {
  const constrained = process.constrainedMemory();
  const limit = constrained > 0 && constrained < totalmem() ? constrained - process.memoryUsage.rss() : Infinity;
  return Math.max(0, Math.min(limit, systemAvailable()));
}

function systemAvailable(): number {
  if (platform() === 'linux') {
    // `freemem` leaves out caches, which the system gives up when asked.
    const line = /^MemAvailable:\s+(\d+) kB/m.exec(read('/proc/meminfo'));
    if (line !== null) return Number(line[1]) * 1024;
  }
  // macOS reports only pages nobody ever used.
  return platform() === 'darwin' ? 0.75 * totalmem() : freemem();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
