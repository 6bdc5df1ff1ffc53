import { concatBytes } from '../bytes.js';

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
 * Writes the number of items into a header: two zero bytes, the element type, the number of dimensions, each dimension as a big-endian uint32.
 * @returns the bytes of the file up to there; undefined while the header is not complete
 */
function shorten(head: Uint8Array<ArrayBuffer>, items: number): number | undefined {
  if (head.length < 4) return undefined;
  if (head[0] !== 0 || head[1] !== 0 || head[3] === 0) return Infinity;
  const headerBytes = 4 + 4 * head[3]!;
  if (head.length < headerBytes) return undefined;
  const view = new DataView(head.buffer);
  const [count, ...sides] = Array.from({ length: head[3]! }, (_, i) => view.getUint32(4 + 4 * i));
  if (count! <= items) return Infinity;
  view.setUint32(4, items);
  return headerBytes + sides.reduce((product, side) => product * side, items);
}
