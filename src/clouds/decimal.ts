import { fieldEnd, textOf } from './text.js';

const [STAR, PLUS, MINUS, POINT, ZERO, CARET] = [42, 43, 45, 46, 48, 94];

/** How programs write what is no finite number. */
const NOT_FINITE = /^[-+]?(?:nan(?:\(\w*\))?|inf(?:inity)?|1\.#(?:qnan|snan|nan|ind|inf)\d*)$/i;

/** 10^0 to 10^22: the powers of ten that float64 holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Where a field ends that has been read, exclusive. */
export interface ReadField {
  end: number;
}

/**
 * The float64 nearest to the decimal number that a field of `bytes` is, from `start` to a blank or `end`, as `Number()` has it: an optional sign, digits with
 * an optional point, and an optional exponent after e, E, the d, D of Fortran, or the `*^` of Mathematica that QM9 has. NaN for anything
 * else, `nan` and `inf` included; ±Infinity beyond the range.
 *
 * Up to 2^53 and 10^±22, digits and power of ten are exact, so that a single product or quotient rounds correctly.
 * @param field told where it ends
 * @see Clinger 1990, How to read floating point numbers accurately, doi:10.1145/93542.93557
 */
export function readDecimal(bytes: Uint8Array, start: number, end: number, field: ReadField): number {
  let at = start;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at++;

  const first = at;
  let digits = 0; // their value without the point; inexact beyond 2^53
  let digit = 0;
  while (at < end && (digit = bytes[at]! - ZERO) >= 0 && digit <= 9) {
    digits = 10 * digits + digit;
    at++;
  }
  let count = at - first;
  let exponent = 0;
  if (at < end && bytes[at] === POINT) {
    const fraction = ++at;
    while (at < end && (digit = bytes[at]! - ZERO) >= 0 && digit <= 9) {
      digits = 10 * digits + digit;
      at++;
    }
    exponent = fraction - at;
    count -= exponent;
  }
  const stop = fieldEnd(bytes, at, end);
  field.end = stop;
  if (count === 0) return Number.NaN;
  if (at < stop) {
    const power = exponentOf(bytes, at, stop);
    if (Number.isNaN(power)) return power;
    exponent += power;
  }

  if (digits > Number.MAX_SAFE_INTEGER || exponent < -22 || exponent > 22) {
    return Number(textOf(bytes, start, stop).replace(/d|\*\^/i, 'e'));
  }
  const size = exponent < 0 ? digits / POWERS[-exponent]! : digits * POWERS[exponent]!;
  return sign === MINUS ? -size : size;
}

/** The same of exactly the bytes from `start` to `end`. */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  const value = readDecimal(bytes, start, end, whole);
  return whole.end === end ? value : Number.NaN;
}

const whole: ReadField = { end: 0 };

const scratch = new Uint8Array(64);
const encoder = new TextEncoder();

/** The same of a text. */
export function decimalOf(text: string): number {
  const { read, written } = encoder.encodeInto(text, scratch);
  if (read === text.length) return parseDecimal(scratch, 0, written);
  const bytes = encoder.encode(text);
  return parseDecimal(bytes, 0, bytes.length);
}

/** The exponent that all of `bytes` from `start` to `end` are; NaN if they are none. */
function exponentOf(bytes: Uint8Array, start: number, end: number): number {
  const letter = bytes[start]! | 0x20; // in lower case
  let at = start + 1;
  if (letter !== 0x65 && letter !== 0x64) {
    if (bytes[start] !== STAR || bytes[at] !== CARET) return Number.NaN;
    at++;
  }
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at++;
  if (at >= end) return Number.NaN;
  let power = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    power = 10 * power + digit;
  }
  return sign === MINUS ? -power : power;
}

/** Whether a field is a number that is not finite: `nan`, `-inf`, `1.#QNAN`, `1e999`; that which is no number is not. */
export function isNotFinite(bytes: Uint8Array, start: number, end: number): boolean {
  return Math.abs(parseDecimal(bytes, start, end)) === Infinity || NOT_FINITE.test(textOf(bytes, start, end));
}
