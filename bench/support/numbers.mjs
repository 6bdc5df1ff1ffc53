/**
 * @param {readonly number[]} values at least one
 * @returns {number}
 */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * An argument that is a positive whole number.
 *
 * @param {string} name
 * @param {string | undefined} text
 * @param {number} otherwise where it is left out
 */
export function countArgument(name, text, otherwise) {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`${name}: expected a whole number ≥ 1, got ${text}`);
}
