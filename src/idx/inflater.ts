import { Gunzip } from 'fflate';
import { messageOf, PipelineError } from '../errors.js';

/** Turns chunks of a plain or gzipped file into chunks of its content; which of both it is, its first two bytes say. */
export class Inflater {
  readonly #name: string;
  #gunzip: Gunzip | undefined;
  #start: Uint8Array | undefined = new Uint8Array(0);
  #out: Uint8Array[] = [];

  /** @param name how messages call the file */
  constructor(name: string) {
    this.#name = name;
  }

  /** @throws PipelineError `badData` if the compressed bytes are damaged */
  push(chunk: Uint8Array): Uint8Array[] {
    if (!this.#start) return this.#inflate(chunk, false);
    const start = Buffer.concat([this.#start, chunk]);
    if (start.length < 2) {
      this.#start = start;
      return [];
    }
    this.#start = undefined;
    if (start[0] === 0x1f && start[1] === 0x8b) this.#gunzip = new Gunzip((data) => this.#out.push(data));
    return this.#inflate(start, false);
  }

  /** @throws PipelineError `badData` if the compressed bytes end too early */
  end(): Uint8Array[] {
    if (this.#start) return this.#start.length > 0 ? [this.#start] : [];
    return this.#gunzip ? this.#inflate(new Uint8Array(0), true) : [];
  }

  #inflate(chunk: Uint8Array, last: boolean): Uint8Array[] {
    if (!this.#gunzip) return [chunk];
    try {
      this.#gunzip.push(chunk, last);
    } catch (error) {
      throw new PipelineError('badData', `${this.#name}: damaged gzip data (${messageOf(error)})`, { cause: error });
    }
    const out = this.#out;
    this.#out = [];
    return out;
  }
}
