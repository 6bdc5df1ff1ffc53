/** Rows `start` to `end` of those that one row of the input makes. */
export interface Part {
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Shares out what the rows of an input make, in order and over their borders: each portion but the last has `size` rows.
 *
 * @param counts how many rows each row of the input makes
 */
export function* portions(counts: Iterable<number>, size: number): Generator<Part[]> {
  let parts: Part[] = [];
  let room = size;
  let row = 0;
  for (const count of counts) {
    for (let start = 0; start < count;) {
      const end = Math.min(count, start + room);
      parts.push({ row, start, end });
      room -= end - start;
      start = end;
      if (room > 0) continue;
      yield parts;
      parts = [];
      room = size;
    }
    row++;
  }
  if (parts.length > 0) yield parts;
}
