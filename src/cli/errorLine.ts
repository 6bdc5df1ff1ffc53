import { PipelineError } from '../errors.js';
import { exitCodeOf } from './exitCodes.js';

/** Tells a failure as data, in one line of JSON on standard error. @returns the exit code */
export function tellError(error: unknown): number {
  process.stderr.write(`${JSON.stringify(errorLine(error))}\n`);
  return exitCodeOf(error);
}

function errorLine(error: unknown): object {
  const { code, detail, message, place } =
    error instanceof PipelineError ? error : new PipelineError('internal', String(error), { cause: error });
  // Of another attempt the same comes, unless what failed was not the data's.
  const isRetryable = code === 'outputFailed' || code === 'workerFailed' || code === 'interrupted';
  return { error: { code, message, detail, ...place, isRetryable } };
}
