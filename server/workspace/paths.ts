/** Paths written in a workspace file: where they point, and whether they may be followed. */
import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { isInside } from './uris';

export interface PathPolicy {
  /** In an untrusted workspace nothing outside `root` is opened, through whatever `..` or symbolic link. */
  readonly trusted: boolean;
  /** The workspace folder the file belongs to. */
  readonly root: string;
}

export type FollowedPath =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'outside'; readonly path: string };

/** Resolves a path written in a file of `folder`. */
export function followPath(written: string, folder: string, policy: PathPolicy): FollowedPath {
  const path = resolve(folder, written);
  if (!policy.trusted && !isInside(path, resolve(policy.root))) return { kind: 'outside', path };
  if (!existsSync(path)) return { kind: 'missing', path };
  if (!policy.trusted && !isInside(realpathSync(path), realpathSync(policy.root))) return { kind: 'outside', path };
  return { kind: 'found', path };
}

/** Why the path cannot be used, for a message; null when it can. */
export function pathProblem(
  written: string,
  followed: FollowedPath,
): { readonly code: string; readonly message: string; readonly next: string } | null {
  switch (followed.kind) {
    case 'found':
      return null;
    case 'missing':
      return {
        code: 'file-not-found',
        message: `"${written}" does not exist.`,
        next: `Looked at ${followed.path}; paths are relative to the workspace file.`,
      };
    case 'outside':
      return {
        code: 'path-outside-workspace',
        message: `"${written}" leads out of the workspace folder, which is not trusted.`,
        next: 'Trust the workspace, or move the file into it.',
      };
  }
}
