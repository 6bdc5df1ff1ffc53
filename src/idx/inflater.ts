import { Gunzip } from 'fflate';
import { concatBytes } from '../bytes.js';
import { messageOf, PipelineError } from '../errors.js';
import { expectExpansion } from '../expansion.js';
import { crc32 } from './crc32.js';
import { MAGIC_BYTES, otherFormat } from './magic.js';

/** CRC-32 and length of the content, little-endian uint32 each, at the end of a gzip member. */
const TRAILER_BYTES = 8;

/** Turns chunks of a plain or gzipped file into chunks of its content; which of both it is, its first two bytes say. */
export class Inflater {
  readonly #name: string;
  #gunzip: Gunzip | undefined;
  #start: Uint8Array | undefined = new Uint8Array(0);
  #out: Uint8Array[] = [];
  /** Of the gzip member under way. */
  #crc = 0;
  #length = 0;
  /** Of the whole file so far. */
  #compressed = 0;
  #inflated = 0;
  /** The last bytes of the compressed file. */
  #tail: Uint8Array = new Uint8Array(0);

  /** @param name how messages call the file */
  constructor(name: string) {
    this.#name = name;
  }

  /** Whether chunks are the content as they are, and nothing of them is kept. */
  get isPlain(): boolean {
    return !this.#start && !this.#gunzip;
  }

  /** @throws PipelineError `badData` if the compressed bytes are damaged */
  push(chunk: Uint8Array): Uint8Array[] {
    if (!this.#start) return this.#inflate(chunk, false);
    const start = concatBytes([this.#start, chunk]);
    if (start.length < MAGIC_BYTES) {
      this.#start = start;
      return [];
    }
    return this.#begin(start);
  }

  /** @throws PipelineError `badData` if the compressed bytes end too early, or the (last) checksum says that they are damaged */
  end(): Uint8Array[] {
    const first = this.#start && this.#start.length > 0 ? this.#begin(this.#start) : [];
    if (!this.#gunzip) return first;
    const rest = [...first, ...this.#inflate(new Uint8Array(0), true)];
    if (this.#tail.length === TRAILER_BYTES) {
      const { buffer, byteOffset } = this.#tail;
      const trailer = new DataView(buffer, byteOffset);
      const isWhole = trailer.getUint32(0, true) === this.#crc && trailer.getUint32(4, true) === this.#length % 2 ** 32;
      if (isWhole) return rest;
    }
    throw this.#damaged('its checksum or length differs');
  }

  #begin(start: Uint8Array): Uint8Array[] {
    this.#start = undefined;
    if (start[0] === 0x1f && start[1] === 0x8b) this.#gunzip = this.#startGunzip();
    else {
      const other = otherFormat(start);
      if (other !== undefined) {
        throw new PipelineError(
          'badData',
          `${this.#name}: expected a file that is plain or gzipped, found one that is ${other}`,
        );
      }
    }
    return this.#inflate(start, false);
  }

  #startGunzip(): Gunzip {
    const gunzip = new Gunzip((data) => {
      this.#crc = crc32(data, this.#crc);
      this.#length += data.length;
      this.#inflated += data.length;
      expectExpansion(this.#name, this.#compressed, this.#inflated);
      this.#out.push(data);
    });
    gunzip.onmember = () => {
      this.#crc = 0;
      this.#length = 0;
    };
    return gunzip;
  }

  #inflate(chunk: Uint8Array, last: boolean): Uint8Array[] {
    if (!this.#gunzip) return [chunk];
    this.#compressed += chunk.length;
    this.#tail = concatBytes([this.#tail, chunk.subarray(-TRAILER_BYTES)]).subarray(-TRAILER_BYTES);
    try {
      this.#gunzip.push(chunk, last);
    } catch (error) {
      throw error instanceof PipelineError ? error : this.#damaged(messageOf(error), error);
    }
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #damaged(what: string, cause?: unknown): PipelineError {
    return new PipelineError('badData', `${this.#name}: damaged gzip data (${what})`, { cause });
  }
}
