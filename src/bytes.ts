/** How many bytes these arrays have together. */
export function totalBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/**
 * The bytes of these arrays, one after the other.
 * @param joined where they go; new memory by default
 */
export function concatBytes(
  parts: readonly Uint8Array[],
  joined = new Uint8Array(totalBytes(parts)),
): Uint8Array<ArrayBuffer> {
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
