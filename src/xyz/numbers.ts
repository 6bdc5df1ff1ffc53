import { parseDecimal } from '../clouds/decimal.js';

/** What separates the items of a value: blanks, or a single comma. Nothing between commas is an item, and none that means anything. */
export function itemsOf(value: string): string[] {
  return value.split(',').flatMap((part) => part.trim().split(/\s+/));
}

/** The numbers of `1 0 0` or `1, 0, 0`; NaN for what is none. */
export function decimalsOf(value: string): number[] {
  return itemsOf(value).map(decimal);
}

/** The numbers of a value in any form: those of `[1, 0, 0]` too, and of the rows of `[[1, 0], [0, 1]]` one after the other. */
export function flatDecimalsOf(value: string): number[] {
  const rows = rowsOf(value);
  return rows ? rows.flat() : decimalsOf(withoutBrackets(value));
}

/** The rows of `[[1, 0], [0, 1]]`; undefined for a value of another form. */
export function rowsOf(value: string): number[][] | undefined {
  const inner = withoutBrackets(value).trim();
  if (inner === value.trim() || !inner.startsWith('[') || !inner.endsWith(']')) return undefined;
  return inner
    .slice(1, -1)
    .split(']')
    .map((row, i) => decimalsOf(i === 0 ? row : row.trim().replace(/^,\s*\[/, '')));
}

/** The inside of one pair of brackets, or the value itself. */
export function withoutBrackets(value: string): string {
  const text = value.trim();
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : value;
}

function decimal(text: string): number {
  const bytes = Buffer.from(text);
  return parseDecimal(bytes, 0, bytes.length);
}
