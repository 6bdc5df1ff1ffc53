import { join } from 'node:path';
import type { RecordBatch, Schema } from 'apache-arrow';
import { readArrowFile, scanArrowFile } from './arrowFile.js';
import { claimPartial, writeFailure } from './atomic.js';
import { open, rm } from './disk.js';
import { end } from './leftovers.js';
import { IpcEncoder } from '../arrow/ipcEncoder.js';

/** Batches set aside on disk, to be read again: what lies between the two passes of a fit. */
export interface Spill {
  readonly rows: number;
  readonly bytes: number;
  /**
   * Resolves when the batch is in the file, so the caller's memory is free again; one call at a time.
   * @throws PipelineError `badSchema`; `badData` if the disk is full
   */
  append(batch: RecordBatch): Promise<void>;
  /** All batches in order, any number of times. Nothing can be appended after the first. */
  replay(signal?: AbortSignal): AsyncGenerator<RecordBatch, void, undefined>;
  /** Deletes the file. */
  dispose(): Promise<void>;
}

/**
 * A spill in a hidden file of that directory, which is made if need be. What a killed process left there is removed.
 * @throws PipelineError `badData` if no file can be made there
 */
export async function createSpill(directory: string, schema: Schema): Promise<Spill> {
  const path = await claimSpillFile(join(directory, 'spill'));
  const file = await open(path, 'w');
  const encoder = new IpcEncoder('spill', schema, 'stream');
  let rows = 0;
  let bytes = 0;
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
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    async append(batch) {
      if (finished) throw new Error('a spill that has been replayed takes no more batches');
      await put(encoder.encode(batch));
      rows += batch.numRows;
    },
    async *replay(signal = new AbortController().signal) {
      finished ??= finish();
      await finished;
      for await (const batch of readArrowFile(await scanArrowFile(path), signal)) yield batch;
    },
    async dispose() {
      await file.close();
      await rm(path, { force: true });
      end(path);
    },
  };
}

async function claimSpillFile(path: string): Promise<string> {
  try {
    return await claimPartial(path, async (partial) => (await open(partial, 'wx')).close());
  } catch (error) {
    throw writeFailure(path, error);
  }
}
