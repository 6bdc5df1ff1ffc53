import { bytesOf, DURATION_RULE, MEMORY_RULE, secondsOf } from '../config/quantities.js';
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
export function duration(option: string, text: string | undefined): number | undefined {
  return quantity(option, text, secondsOf, DURATION_RULE);
}

/** A size in bytes, of what was typed with its unit. @throws PipelineError `badOption` */
export function memorySize(option: string, text: string | undefined): number | undefined {
  return quantity(option, text, bytesOf, MEMORY_RULE);
}

function quantity(
  option: string,
  text: string | undefined,
  read: (text: string) => number | undefined,
  rule: string,
): number | undefined {
  const found = text === undefined ? undefined : read(text);
  if (text === undefined || found !== undefined) return found;
  throw new PipelineError('badOption', `${option}: expected ${rule}, got ${JSON.stringify(text)}`);
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
