/** Anything thrown, as the error of a response. Only errors made for people carry data. */
import { LSPErrorCodes, ErrorCodes, ResponseError } from 'vscode-languageserver/node';
import { Cancelled, UserError } from '../errors';
import type { UserErrorData } from '../protocol';

export function toResponseError(error: unknown): ResponseError<UserErrorData | undefined> {
  if (error instanceof ResponseError) return error as ResponseError<undefined>;
  if (error instanceof Cancelled) return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
  if (error instanceof UserError)
    return new ResponseError(LSPErrorCodes.RequestFailed, error.message, {
      code: error.code,
      what: error.what,
      where: error.where ?? null,
      next: error.next ?? null,
      ...(error.uri === undefined ? {} : { uri: error.uri }),
      ...(error.range === undefined ? {} : { range: error.range }),
    });
  const message = error instanceof Error ? error.message : String(error);
  return new ResponseError(ErrorCodes.InternalError, `Internal error: ${message}`, undefined);
}

/** True for what a person did or wished; false for defects of ours, which belong in the log with their stack. */
export function isExpected(error: unknown): boolean {
  return error instanceof UserError || error instanceof Cancelled || error instanceof ResponseError;
}
