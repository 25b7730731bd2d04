/** Paths written in a workspace file: where they point, and whether they may be followed. */
import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../errors';
import { isInside } from './uris';
import type { ModelFiles } from './exportFolder';

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

/** Refuses a model whose weights (shards, external data) lead out of an untrusted workspace through a link. */
export function confineData(dataFiles: readonly string[], policy: PathPolicy): void {
  if (policy.trusted) return;
  const root = realpathSync(policy.root);
  const outside = dataFiles.find((path) => existsSync(path) && !isInside(realpathSync(path), root));
  if (outside === undefined) return;
  throw new UserError(
    'path-outside-workspace',
    "The model's weights lie outside the workspace, which is not trusted.",
    {
      where: outside,
      next: 'Trust the workspace, or put the weights themselves where the link is.',
    },
  );
}

/** Drops companions that lead out of an untrusted workspace through a link; refuses such a model. */
export function confine(files: ModelFiles, policy: PathPolicy): ModelFiles {
  if (policy.trusted) return files;
  const inside = (path: string): boolean => isInside(realpathSync(path), realpathSync(policy.root));
  if (!inside(files.model))
    throw new UserError('path-outside-workspace', 'The model lies outside the workspace, which is not trusted.', {
      where: files.model,
      next: 'Trust the workspace, or move the model into it.',
    });
  const kept = (path: string | null): string | null => (path !== null && inside(path) ? path : null);
  return {
    model: files.model,
    variants: files.variants.filter(inside),
    config: kept(files.config),
    tokenizer: kept(files.tokenizer),
    preprocessor: kept(files.preprocessor),
    vocabulary: kept(files.vocabulary),
    labels: kept(files.labels),
  };
}
