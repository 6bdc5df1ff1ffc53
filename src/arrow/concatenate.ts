import { type SpareBuffers, takeBuffer } from './recycling.js';

/** Room that the rest of an IPC stream finds around columns which it is written in place with: bytes before and after them. */
export const MESSAGE_ROOM = { before: 2 ** 16, after: 2 ** 10 };

/**
 * Pieces as one: in a buffer of their own size or, given spares, at the start of one of these.
 *
 * @param home memory that belongs to whoever calls, and that some of the pieces may be views of. Where these lie in it as they would in
 *   the result, they stay, the others are written around them, and the result is a view of it
 */
export function concatenate(
  pieces: readonly Uint8Array[],
  spares?: SpareBuffers,
  home?: ArrayBuffer,
): Uint8Array<ArrayBuffer> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const joined = (home && around(home, pieces, length)) ?? new Uint8Array(takeBuffer(spares, length), 0, length);
  let at = 0;
  for (const piece of pieces) {
    if (piece.buffer !== joined.buffer) joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** The part of a buffer that the pieces take if those that lie in it stay where they are; nothing where they cannot. */
function around(home: ArrayBuffer, pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> | undefined {
  let start: number | undefined;
  let at = 0;
  for (const { buffer, byteOffset, length: size } of pieces) {
    if (buffer === home) {
      start ??= byteOffset - at;
      if (byteOffset !== start + at) return undefined;
    }
    at += size;
  }
  if (start === undefined || start < 0 || start + length > home.byteLength) return undefined;
  return new Uint8Array(home, start, length);
}
