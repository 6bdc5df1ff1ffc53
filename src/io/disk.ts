/**
 * The door to the disk: what reads and writes files passes here, so that faults that may pass are tried again. Renaming, exclusive
 * marks and what is done while a process ends are outside.
 */
import type { Stats } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { retried } from './retries.js';

export const readFile = repeatable('read', fs.readFile);
/** The whole file, in place of an earlier one. */
export const writeFile = repeatable('write', fs.writeFile);
export const stat = repeatable('stat', fs.stat);
export const readdir = repeatable('readdir', fs.readdir);
export const realpath = repeatable('realpath', fs.realpath);
export const mkdir = repeatable('mkdir', fs.mkdir);
export const rm = repeatable('rm', fs.rm);

export async function open(path: string, flags: string): Promise<DiskFile> {
  return new DiskFile(await retried('open', path, () => fs.open(path, flags)), path);
}

/**
 * An open file. Every read and write has its position, so that it may be repeated. What a sync or close has answered is final: after a
 * failure nobody knows what is on disk.
 */
export class DiskFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  /** Where the next bytes are appended. */
  #end = 0;

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  /** Up to `length` bytes from `position` on, into `buffer` at `offset`. @returns how many there were */
  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    const { bytesRead } = await retried('read', this.#path, () => this.#handle.read(buffer, offset, length, position));
    return bytesRead;
  }

  /** Writes all the bytes behind those before, however many calls that takes. @returns how many there were */
  async append(chunks: readonly Uint8Array[]): Promise<number> {
    const start = this.#end;
    let rest = chunks.filter(({ length }) => length > 0);
    while (rest.length > 0) {
      const { bytesWritten } = await retried('write', this.#path, () => this.#handle.writev(rest, this.#end));
      this.#end += bytesWritten;
      rest = withoutFirst(rest, bytesWritten);
    }
    return this.#end - start;
  }

  /** Cuts off what comes behind so many bytes: the next are appended there. */
  async truncate(bytes: number): Promise<void> {
    await retried('truncate', this.#path, () => this.#handle.truncate(bytes));
    this.#end = bytes;
  }

  stat(): Promise<Stats> {
    return retried('stat', this.#path, () => this.#handle.stat());
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  datasync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function repeatable<Work extends (path: string, ...rest: never[]) => Promise<unknown>>(
  operation: string,
  work: Work,
): Work {
  const again = (path: string, ...rest: never[]): Promise<unknown> =>
    retried(operation, path, () => work(path, ...rest));
  return again as Work;
}

function withoutFirst(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return chunks.flatMap((chunk) => {
    const skipped = Math.min(skip, chunk.length);
    skip -= skipped;
    return skipped === chunk.length ? [] : [chunk.subarray(skipped)];
  });
}
