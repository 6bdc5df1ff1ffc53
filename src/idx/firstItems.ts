import { concatBytes } from '../bytes.js';
import { itemsHeader, setItems } from './itemsHeader.js';

/**
 * The bytes of an IDX file that arrives in chunks, as if it ended after so many items: its header says so. What is no IDX file passes as
 * it is, since whoever decodes it tells best what is wrong.
 */
export async function* firstItems(
  chunks: AsyncIterable<Uint8Array>,
  items: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Bytes that are still to come, once the header has told. */
  let left: number | undefined;
  for await (const chunk of chunks) {
    let next = chunk;
    if (left === undefined) {
      head = concatBytes([head, chunk]);
      left = shorten(head, items);
      if (left === undefined) continue;
      next = head;
    }
    const wanted = next.subarray(0, left);
    left -= wanted.length;
    yield wanted;
    if (left === 0) return;
  }
  if (left === undefined && head.length > 0) yield head;
}

/**
 * Writes the number of items into a header.
 * @returns the bytes of the file up to there; undefined while the header is not complete
 */
function shorten(head: Uint8Array, items: number): number | undefined {
  const header = itemsHeader(head);
  if (header === undefined) return undefined;
  if (header === null || header.items <= items) return Infinity;
  setItems(head, items);
  return header.bytes + items * header.itemBytes;
}
