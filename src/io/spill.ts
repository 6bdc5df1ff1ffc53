import type { RecordBatch, Schema } from 'apache-arrow';
import { hasDictionary } from '../arrow/dictionaries.js';
import { type ArrowFile, readArrowFile, scanArrowFile } from './arrowFile.js';
import { claimPartial, writeFailure } from './atomic.js';
import { type DiskFile, open, rm } from './disk.js';
import { end } from './leftovers.js';
import { IpcEncoder } from '../arrow/ipcEncoder.js';

/** What a spill has on disk. */
export interface SpilledRows {
  readonly rows: number;
  readonly bytes: number;
}

/** Batches set aside on disk, to be read again: what lies between the two passes of a fit. */
export interface Spill extends SpilledRows {
  /** The hidden file. */
  readonly path: string;
  /** Whether another spill can go on with its file. Dictionaries come once in a stream: then it cannot. */
  readonly canGoOn: boolean;
  /**
   * Resolves when the batch is in the file, so the caller's memory is free again; one call at a time.
   * @throws PipelineError `badSchema`; `badData` if the disk is full
   */
  append(batch: RecordBatch): Promise<void>;
  /** The batches that an earlier run has left; before the first `append`. */
  earlier(signal?: AbortSignal): AsyncGenerator<RecordBatch, void, undefined>;
  /** Ends the file, as a stream that anybody can read. Nothing can be appended any more. */
  end(): Promise<void>;
  /** All batches in order, any number of times, after `end`. */
  replay(signal?: AbortSignal): AsyncGenerator<RecordBatch, void, undefined>;
  /** Brings to disk what has been appended. */
  sync(): Promise<void>;
  /** From now on the file outlives this process, and `dispose`. */
  keep(): void;
  /** Closes the file, and deletes it unless it is to be kept. */
  dispose(): Promise<void>;
}

/**
 * A spill in a hidden file beside that path, in a directory that is made if need be. What a killed process left of the path is removed.
 *
 * @param from the file of an earlier run, to go on behind so many bytes; of a name of this process
 * @throws PipelineError `badData` if no file can be made there
 */
export async function createSpill(
  beside: string,
  schema: Schema,
  from?: SpilledRows & { readonly path: string },
): Promise<Spill> {
  const path = from?.path ?? (await claimSpillFile(beside));
  const file = await open(path, from ? 'r+' : 'w');
  if (from) await file.truncate(from.bytes);
  const goesOn = from !== undefined && from.bytes > 0;
  const encoder = new IpcEncoder('spill', schema, 'stream', goesOn);
  const earlier = goesOn ? await readable(path, file, from.bytes, schema) : undefined;
  let { rows, bytes } = from ?? { rows: 0, bytes: 0 };
  let isKept = from !== undefined;
  let finished: Promise<void> | undefined;

  const put = async (chunks: readonly Uint8Array[]): Promise<void> => {
    try {
      bytes += await file.append(chunks);
    } catch (error) {
      throw writeFailure(path, error);
    }
  };
  const finish = async (): Promise<void> => {
    await put(encoder.finish());
    await file.close();
  };

  return {
    path,
    canGoOn: !hasDictionary(schema),
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    async append(batch) {
      if (finished) throw new Error('a spill that has ended takes no more batches');
      await put(encoder.encode(batch));
      rows += batch.numRows;
    },
    async *earlier(signal = new AbortController().signal) {
      if (earlier) yield* readArrowFile(earlier, signal);
    },
    end: () => (finished ??= finish()),
    async *replay(signal = new AbortController().signal) {
      await (finished ??= finish());
      yield* readArrowFile(await scanArrowFile(path), signal);
    },
    async sync() {
      if (!finished) return file.datasync();
      await finished;
      const reopened = await open(path, 'r+');
      try {
        await reopened.datasync();
      } finally {
        await reopened.close();
      }
    },
    keep() {
      isKept = true;
      end(path);
    },
    async dispose() {
      await file.close();
      if (isKept) return;
      await rm(path, { force: true });
      end(path);
    },
  };
}

/** Where the batches are that a file has up to there; what comes behind goes. */
async function readable(path: string, file: DiskFile, bytes: number, schema: Schema): Promise<ArrowFile> {
  await file.append(new IpcEncoder('spill', schema, 'stream', true).finish()); // read, it must have an end
  const scanned = await scanArrowFile(path);
  await file.truncate(bytes);
  return scanned;
}

async function claimSpillFile(path: string): Promise<string> {
  try {
    return await claimPartial(path, async (partial) => (await open(partial, 'wx')).close());
  } catch (error) {
    throw writeFailure(path, error);
  }
}
