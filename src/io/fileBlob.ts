import type { DiskFile } from './disk.js';
import { FileByteReader } from './fileByteReader.js';
import { unreadable } from './paths.js';

/** Bytes `start` to `end` of an open file, as much of a Blob as parquet-wasm asks for. Node's own (`openAsBlob`) is experimental. */
export class FileBlob extends Blob {
  override readonly size: number;
  /** What has been read of the file so far, through this blob and its slices, and who hears of a failure. */
  readonly reads: { bytes: number; fail: ((error: unknown) => void) | undefined };
  readonly #handle: DiskFile;
  readonly #path: string;
  readonly #start: number;
  readonly #end: number;

  constructor(
    handle: DiskFile,
    path: string,
    start: number,
    end: number,
    reads: FileBlob['reads'] = { bytes: 0, fail: undefined },
  ) {
    super([]);
    this.size = end - start;
    this.reads = reads;
    this.#handle = handle;
    this.#path = path;
    this.#start = start;
    this.#end = end;
  }

  override slice(start = 0, end = this.size): Blob {
    return new FileBlob(
      this.#handle,
      this.#path,
      this.#start + start,
      Math.min(this.#start + end, this.#end),
      this.reads,
    );
  }

  /**
   * Does work that reads this blob or its slices. parquet-wasm ends in a panic that nobody can catch where a read fails: so it is told
   * nothing, and the work fails here. One at a time.
   */
  reading<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.reads.fail = reject;
      work().then(resolve, reject);
    }).finally(() => {
      this.reads.fail = undefined;
    });
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    try {
      return await this.#bytes();
    } catch (error) {
      const { fail } = this.reads;
      if (!fail) throw error;
      fail(error);
      return new Promise(() => {});
    }
  }

  async #bytes(): Promise<ArrayBuffer> {
    const bytes = await new FileByteReader(this.#handle, this.#path, this.#end, this.#start).read(this.size);
    if (bytes.length < this.size) throw unreadable(this.#path, new Error('it has become shorter'));
    this.reads.bytes += bytes.length;
    return bytes.buffer;
  }
}
