import type { FileHandle } from 'node:fs/promises';
import { FileByteReader } from './fileByteReader.js';

/** Bytes `start` to `end` of an open file, as much of a Blob as parquet-wasm asks for. Node's own (`openAsBlob`) is experimental. */
export class FileBlob extends Blob {
  override readonly size: number;
  /** What has been read of the file so far, through this blob and its slices. */
  readonly reads: { bytes: number };
  readonly #handle: FileHandle;
  readonly #start: number;
  readonly #end: number;

  constructor(handle: FileHandle, start: number, end: number, reads = { bytes: 0 }) {
    super([]);
    this.size = end - start;
    this.reads = reads;
    this.#handle = handle;
    this.#start = start;
    this.#end = end;
  }

  override slice(start = 0, end = this.size): Blob {
    return new FileBlob(this.#handle, this.#start + start, Math.min(this.#start + end, this.#end), this.reads);
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await new FileByteReader(this.#handle, this.#end, this.#start).read(this.size);
    if (bytes.length < this.size) throw new Error('the file has become shorter');
    this.reads.bytes += bytes.length;
    return bytes.buffer;
  }
}
