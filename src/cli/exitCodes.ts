import { type ErrorCode, isSystemError, PipelineError } from '../errors.js';

/** What the process tells its caller. Scripts rely on these: they are part of the public interface. */
export const exitCodes = {
  success: 0,
  /** A mistake of soapstream's own. */
  internal: 1,
  /** The command line or the pipeline file is wrong; nothing was run. */
  configuration: 2,
  /** Data is missing, damaged, not what a step needs, or cannot be written. */
  data: 3,
  /** A test of the pipeline file has failed. */
  failedTest: 4,
  /** Stopped by Ctrl-C, a request to terminate, or since the terminal was closed. */
  interrupted: 130,
} as const;

const BY_CODE: Readonly<Record<ErrorCode, number>> = {
  badOption: exitCodes.configuration,
  badConfiguration: exitCodes.configuration,
  badSchema: exitCodes.data,
  badData: exitCodes.data,
  diverged: exitCodes.data,
  missingInput: exitCodes.data,
  outputFailed: exitCodes.data,
  misbehavingOperator: exitCodes.data,
  queueFull: exitCodes.data,
  outOfMemory: exitCodes.data,
  timedOut: exitCodes.data,
  workerFailed: exitCodes.internal,
  internal: exitCodes.internal,
  interrupted: exitCodes.interrupted,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof PipelineError) return BY_CODE[error.code];
  return isSystemError(error) ? exitCodes.data : exitCodes.internal;
}
