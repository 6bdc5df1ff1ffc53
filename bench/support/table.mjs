/**
 * Prints rows of text under their headings: the first column flush left, all others flush right.
 *
 * @param {readonly string[]} headings
 * @param {readonly (readonly string[])[]} rows
 */
export function printTable(headings, rows) {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    const cells = line.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column])));
    console.log(`  ${cells.join('  ')}`.trimEnd());
  }
}

/**
 * A number with three digits or more.
 *
 * @param {number} value
 * @returns {string}
 */
export function digits(value) {
  return value.toFixed(Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))));
}
