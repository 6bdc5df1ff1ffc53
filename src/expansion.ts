import { environmentVariable } from './environment.js';
import { PipelineError } from './errors.js';

/** Fewer bytes than these may become as many as these may. */
const FREE_BYTES = 2 ** 20;
const DEFAULT_FACTOR = 256;
const VARIABLE = 'SOAPSTREAM_MAX_EXPANSION';

/**
 * How many bytes compressed or encoded ones may become: 256 MiB, or 256 times as many where that is more. A few bytes could ask for any
 * memory otherwise. The environment variable `SOAPSTREAM_MAX_EXPANSION` is another factor in place of 256.
 */
export function expansionLimit(encodedBytes: number): number {
  return Math.max(FREE_BYTES, encodedBytes) * factorNow();
}

/** @throws PipelineError `badData` naming the variable that raises the limit */
export function expectExpansion(place: string, encodedBytes: number, decodedBytes: number): void {
  const limit = expansionLimit(encodedBytes);
  if (decodedBytes <= limit) return;
  throw new PipelineError(
    'badData',
    `${place}: expected ${encodedBytes} bytes to become ${limit} at most, got ${decodedBytes} or more; if the file is meant so, raise ${VARIABLE} above ${factorNow()}`,
  );
}

function factorNow(): number {
  const factor = Number(environmentVariable(VARIABLE));
  return factor > 0 ? factor : DEFAULT_FACTOR;
}
