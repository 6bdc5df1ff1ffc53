import type { FileHandle } from 'node:fs/promises';

/** Writes all the bytes at the file's position, however many calls that takes. */
export async function writeAll(file: FileHandle, chunks: readonly Uint8Array[]): Promise<number> {
  const total = chunks.reduce((sum, { length }) => sum + length, 0);
  let rest = chunks.filter(({ length }) => length > 0);
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest);
    rest = withoutFirst(rest, bytesWritten);
  }
  return total;
}

function withoutFirst(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return chunks.flatMap((chunk) => {
    const skipped = Math.min(skip, chunk.length);
    skip -= skipped;
    return skipped === chunk.length ? [] : [chunk.subarray(skipped)];
  });
}
