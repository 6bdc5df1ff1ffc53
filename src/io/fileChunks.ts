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
 * The bytes of a file in order. Ends early, without error, once `signal` is aborted.
 *
 * @param isFree asked whether the memory of the chunk before may be used again; by default each chunk has its own
 * @throws PipelineError `missingInput`
 */
export async function* fileChunks(
  path: string,
  chunkBytes: number,
  signal: AbortSignal,
  { from, to = Infinity }: ByteRange = { from: 0 },
  isFree: () => boolean = () => false,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openInput(path);
  let memory: Uint8Array | undefined;
  let at = from;
  try {
    while (!signal.aborted && at < to) {
      const length = Math.min(chunkBytes, to - at);
      const chunk: Uint8Array = memory && isFree() ? memory : new Uint8Array(length);
      memory = chunk;
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

/** How the content of a file is read. */
export interface ContentWish {
  /** Of a file that is not gzipped. */
  readonly range?: ByteRange | undefined;
  /** Whether a chunk is used before the next one is asked for, and not kept: then its memory may be used again. */
  readonly isPassing?: boolean;
}

/**
 * The content of a file, inflated if it is gzipped.
 *
 * @param onRead told of the bytes of the file itself
 * @throws PipelineError `missingInput`; `badData` if the compressed bytes are damaged
 */
export async function* fileContent(
  path: string,
  chunkBytes: number,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
  { range, isPassing = false }: ContentWish = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const inflater = new Inflater(path);
  const isFree = (): boolean => isPassing && inflater.isPlain;
  for await (const chunk of fileChunks(path, chunkBytes, signal, range, isFree)) {
    onRead(chunk.length);
    for (let at = 0; at < chunk.length;) {
      // In parts, so that little becomes much only as far as somebody goes on reading.
      const end = inflater.isPlain ? chunk.length : at + INFLATED_AT_ONCE;
      yield* inflater.push(chunk.subarray(at, end));
      at = end;
    }
  }
  if (!signal.aborted) yield* inflater.end();
}
