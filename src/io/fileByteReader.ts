import type { ByteReader } from '../arrow/ipcFormat/messages.js';
import type { DiskFile } from './disk.js';
import { unreadable } from './paths.js';

/** The bytes of an open file from its position `at` on. Reading throws PipelineError `missingInput` where the system fails. */
export class FileByteReader implements ByteReader {
  readonly #file: DiskFile;
  readonly #path: string;
  readonly #size: number;
  #at: number;

  /** @param path of the file, for messages */
  constructor(file: DiskFile, path: string, size: number, at = 0) {
    this.#file = file;
    this.#path = path;
    this.#size = size;
    this.#at = at;
  }

  get position(): number {
    return this.#at;
  }

  async read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.#size - this.#at)));
    let filled = 0;
    while (filled < bytes.length) {
      const bytesRead = await this.#file
        .read(bytes, filled, bytes.length - filled, this.#at + filled)
        .catch((error: unknown) => {
          throw unreadable(this.#path, error);
        });
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.#at += filled;
    return bytes.subarray(0, filled);
  }

  async skip(length: number): Promise<boolean> {
    this.#at += length;
    return this.#at <= this.#size;
  }
}
