import { DURATION_RULE, secondsOf } from '../config/duration.js';
import { PipelineError } from '../errors.js';

/** A whole number as it was typed. @throws PipelineError `badOption` */
export function wholeNumber(option: string, text: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const upTo = most < Number.MAX_SAFE_INTEGER ? ` and ≤ ${most}` : '';
  throw new PipelineError(
    'badOption',
    `${option}: expected a whole number ≥ ${least}${upTo}, got ${JSON.stringify(text)}`,
  );
}

/** A time in seconds, of what was typed with its unit. @throws PipelineError `badOption` */
export function duration(option: string, text: string): number {
  const seconds = secondsOf(text);
  if (seconds !== undefined) return seconds;
  throw new PipelineError('badOption', `${option}: expected ${DURATION_RULE}, got ${JSON.stringify(text)}`);
}

/**
 * For options that are given once and are not empty: yargs makes a list of two.
 * @throws PipelineError `badOption`
 */
export function once(option: string): (given: unknown) => string | undefined {
  return (given) => {
    if (given === undefined) return undefined;
    if (Array.isArray(given)) {
      throw new PipelineError('badOption', `${option}: expected it once, got ${given.map(quoted).join(' and ')}`);
    }
    if (typeof given === 'string' && given.trim() !== '') return given;
    throw new PipelineError('badOption', `${option}: expected a value, got ${quoted(given)}`);
  };
}

function quoted(value: unknown): string {
  return JSON.stringify(value);
}
