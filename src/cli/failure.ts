import { inspect } from 'node:util';
import { isSystemError, messageOf, PipelineError } from '../errors.js';
import { print } from './print.js';

/** Tells of a failure in one line. Where it is a mistake in code, the stack says where, for those who ask. */
export function printFailure(error: unknown): void {
  const isOurs = error instanceof PipelineError;
  const isMistake = isOurs ? error.code === 'internal' : !isSystemError(error);
  const message = isOurs ? error.message : messageOf(error);
  print(`soapstream: ${isMistake ? 'internal error: ' : ''}${message}`, process.stderr);
  if (process.env['SOAPSTREAM_DEBUG']) print(inspect(error), process.stderr);
  else if (isMistake) print('SOAPSTREAM_DEBUG=1 in the environment shows where', process.stderr);
}
