/** The file of accepted mistakes: one line for each, so that a change of it reads well in a review. */
import { UserError } from '../errors';

export interface AcceptedMistake {
  readonly sample: string;
  /** Value of the dataset's id column; where there is none, `hash`. */
  readonly id?: string;
  /** First 20 hex digits of the SHA-256 of the sample's bytes: rows may move, and be found again. */
  readonly hash?: string;
  readonly gold: string;
  readonly predicted: string;
}

export interface Accepted {
  readonly model: string;
  readonly dataset: string;
  readonly samples: number;
  readonly mistakes: readonly AcceptedMistake[];
}

export function acceptedText(accepted: Accepted): string {
  const { mistakes, ...head } = accepted;
  const lines = mistakes.map((mistake) => `    ${JSON.stringify(mistake)}`);
  const start = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
  return [
    '{',
    ...start,
    ...(lines.length === 0 ? ['  "mistakes": []'] : ['  "mistakes": [', lines.join(',\n'), '  ]']),
    '}',
    '',
  ].join('\n');
}

/** @throws UserError `accepted-unreadable`. */
export function parseAccepted(text: string, path: string): Accepted {
  const data = parsed(text, path);
  if (!isAccepted(data)) throw unreadable(path, 'it has no list of mistakes');
  return data;
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

function isAccepted(data: unknown): data is Accepted {
  if (typeof data !== 'object' || data === null || !('mistakes' in data) || !Array.isArray(data.mistakes)) return false;
  return data.mistakes.every(
    (item: unknown) =>
      typeof item === 'object' &&
      item !== null &&
      (('id' in item && typeof item.id === 'string') || ('hash' in item && typeof item.hash === 'string')),
  );
}

function unreadable(path: string, why: string): UserError {
  return new UserError('accepted-unreadable', `The file of accepted mistakes cannot be read: ${why}.`, {
    where: path,
    next: 'Take it from version control, or write it anew: model-blame check --accept.',
  });
}
