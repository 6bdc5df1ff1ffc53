import { type SpareBuffers, takeBuffer } from './recycling.js';

/** Pieces as one: in a buffer of their own size or, given spares, at the start of one of these. */
export function concatenate(pieces: readonly Uint8Array[], spares?: SpareBuffers): Uint8Array<ArrayBuffer> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const joined = new Uint8Array(takeBuffer(spares, length), 0, length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
