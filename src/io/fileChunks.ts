import { z } from 'zod';
import { Inflater } from '../idx/inflater.js';
import { openInput, unreadable } from './paths.js';

/** How much of a file a source reads at once. */
export const chunkBytesOption = z
  .int()
  .min(1)
  .max(2 ** 30)
  .default(256 * 1024);

/** Compressed bytes of which the content is held at once: up to a thousand times as much. */
const INFLATED_AT_ONCE = 16 * 1024;

/** Bytes of a file, up to the last if no end is given. */
export interface ByteRange {
  readonly from: number;
  /** Exclusive. */
  readonly to?: number | undefined;
}

/**
 * The bytes of a file in order, each chunk in memory of its own. Ends early, without error, once `signal` is aborted.
 * @throws PipelineError `missingInput`
 */
export async function* fileChunks(
  path: string,
  chunkBytes: number,
  signal: AbortSignal,
  { from, to = Infinity }: ByteRange = { from: 0 },
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openInput(path);
  let at = from;
  try {
    while (!signal.aborted && at < to) {
      const length = Math.min(chunkBytes, to - at);
      const chunk = new Uint8Array(length);
      const bytesRead = await file.read(chunk, 0, length, at).catch((error: unknown) => {
        throw unreadable(path, error);
      });
      if (bytesRead === 0) return;
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/**
 * The content of a file, inflated if it is gzipped.
 *
 * @param onRead told of the bytes of the file itself
 * @param range of a file that is not gzipped
 * @throws PipelineError `missingInput`; `badData` if the compressed bytes are damaged
 */
export async function* fileContent(
  path: string,
  chunkBytes: number,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
  range?: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const inflater = new Inflater(path);
  for await (const chunk of fileChunks(path, chunkBytes, signal, range)) {
    onRead(chunk.length);
    // In parts, so that little becomes much only as far as somebody goes on reading.
    for (let at = 0; at < chunk.length; at += INFLATED_AT_ONCE) {
      yield* inflater.push(chunk.subarray(at, at + INFLATED_AT_ONCE));
    }
  }
  if (!signal.aborted) yield* inflater.end();
}
