/** Room that the rest of an IPC stream finds around columns which it is written in place with: bytes before and after them. */
export const MESSAGE_ROOM = { before: 2 ** 16, after: 2 ** 10 };

/**
 * Pieces as one without copying those that lie in `home`, where they lie in it as they do in the result: the others are written around
 * them, and the result is a view of it. Nothing, and nothing is written, where they do not.
 *
 * @param home memory that nobody but the caller holds
 */
export function inPlace(
  pieces: readonly Uint8Array[],
  home: ArrayBuffer | undefined,
): Uint8Array<ArrayBuffer> | undefined {
  let start: number | undefined;
  let length = 0;
  for (const piece of pieces) {
    if (piece.buffer === home) {
      start ??= piece.byteOffset - length;
      if (piece.byteOffset !== start + length) return undefined;
    }
    length += piece.length;
  }
  if (!home || start === undefined || start < 0 || start + length > home.byteLength) return undefined;
  const joined = new Uint8Array(home, start, length);
  let at = 0;
  for (const piece of pieces) {
    if (piece.buffer !== home) joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
