import { decimalOf } from '../clouds/decimal.js';

const COMMA = 44;
const SPACE = 32;

/** What blanks or single commas separate. Where nothing stands before, between or after commas, there is an empty item, which means nothing. */
export function itemsOf(value: string): string[] {
  const items: string[] = [];
  let at = afterSpace(value, 0);
  do {
    const start = at;
    while (at < value.length && value.charCodeAt(at) > SPACE && value.charCodeAt(at) !== COMMA) at++;
    items.push(value.slice(start, at));
    at = afterSpace(value, at);
    if (value.charCodeAt(at) !== COMMA) continue;
    at = afterSpace(value, at + 1);
    if (at === value.length) items.push('');
  } while (at < value.length);
  return items;
}

function afterSpace(value: string, at: number): number {
  let start = at;
  while (start < value.length && value.charCodeAt(start) <= SPACE) start++;
  return start;
}

/** The numbers of `1 0 0` or `1, 0, 0`; NaN for what is none. */
export function decimalsOf(value: string): number[] {
  return itemsOf(value).map(decimalOf);
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
