import { concatBytes, totalBytes } from '../bytes.js';
import { type SpareBuffers, takeBuffer } from './recycling.js';

/** Pieces as one: in a buffer of their own size or, given spares, at the start of one of these. */
export function concatenate(pieces: readonly Uint8Array[], spares?: SpareBuffers): Uint8Array<ArrayBuffer> {
  const length = totalBytes(pieces);
  return concatBytes(pieces, new Uint8Array(takeBuffer(spares, length), 0, length));
}
