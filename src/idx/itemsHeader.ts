/** What the header of an IDX file says of its items. */
export interface ItemsHeader {
  /** Bytes of the header. */
  readonly bytes: number;
  readonly items: number;
  /** Of one item. */
  readonly itemBytes: number;
}

/**
 * Reads a header: two zero bytes, the element type, of a byte each, the number of dimensions, each dimension as a big-endian uint32.
 * @param head the first bytes of a file
 * @returns undefined while they are too few; null for what is no IDX file
 */
export function itemsHeader(head: Uint8Array): ItemsHeader | undefined | null {
  if (head.length < 4) return undefined;
  const dimensions = head[3]!;
  if (head[0] !== 0 || head[1] !== 0 || dimensions === 0) return null;
  const bytes = 4 + 4 * dimensions;
  if (head.length < bytes) return undefined;
  const view = new DataView(head.buffer, head.byteOffset);
  const [items, ...sides] = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  return { bytes, items: items!, itemBytes: sides.reduce((product, side) => product * side, 1) };
}

/** Writes another number of items into a header. */
export function setItems(head: Uint8Array, items: number): void {
  new DataView(head.buffer, head.byteOffset).setUint32(4, items);
}
