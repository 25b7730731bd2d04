/** Where surveys are kept between runs. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The system's folder for caches: `XDG_CACHE_HOME`, `~/Library/Caches`, `%LOCALAPPDATA%`. */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  const named = env['XDG_CACHE_HOME'] ?? '';
  if (named !== '') return join(named, 'model-blame');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'model-blame');
  const local = env['LOCALAPPDATA'] ?? '';
  if (platform === 'win32' && local !== '') return join(local, 'model-blame', 'Cache');
  return join(home, '.cache', 'model-blame');
}
