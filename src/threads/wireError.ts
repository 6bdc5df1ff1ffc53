import { atPlace, type ErrorCode, PipelineError, type Place } from '../errors.js';

/** An error as plain data: what crosses from one thread to another. */
export interface WireError {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly place: Place;
  /** Of the error at the root, as the thread where it arose prints it. */
  readonly stack: string | undefined;
}

export function toWire(error: unknown): WireError {
  const { code, detail, place } = atPlace({}, error);
  return { code, detail, place, stack: rootOf(error).stack };
}

/** The same error on this side. Its cause has the stack of the other. */
export function fromWire({ code, detail, place, stack }: WireError): PipelineError {
  const cause = new Error(detail);
  if (stack !== undefined) cause.stack = stack;
  return new PipelineError(code, detail, { place, cause });
}

function rootOf(error: unknown): { stack?: string } {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root instanceof Error ? root : {};
}
