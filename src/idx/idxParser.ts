import { concatBytes } from '../bytes.js';
import { PipelineError } from '../errors.js';

/** What the header of an IDX file says. */
export interface IdxHeader {
  /** Number of items, then the sides of one item. */
  readonly shape: readonly number[];
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads an IDX file of unsigned bytes that arrives in chunks of any size.
 *
 * Layout: two zero bytes, the element type, the number of dimensions, each dimension as a big-endian uint32, the elements.
 * @see LeCun et al., the MNIST database
 */
export class IdxParser {
  #header: IdxHeader | undefined;
  #head: Uint8Array = new Uint8Array(0);
  #seen = 0;
  readonly #name: string;
  readonly #dimensions: number;

  /** @param name how messages call the file */
  constructor(name: string, dimensions: number) {
    this.#name = name;
    this.#dimensions = dimensions;
  }

  /** Known once its bytes have arrived. */
  get header(): IdxHeader | undefined {
    return this.#header;
  }

  /**
   * Takes the next bytes and gives back those of them that are elements, as a view.
   * @throws PipelineError `badData` if the header is not of such a file or there are more elements than it says
   */
  push(chunk: Uint8Array): Uint8Array {
    const elements = this.#header ? chunk : this.#readHeader(chunk);
    this.#seen += elements.length;
    if (this.#header && this.#seen > this.#expected()) {
      throw new PipelineError(
        'badData',
        `${this.#name}: expected ${this.#expected()} bytes of data after the header, got more`,
      );
    }
    return elements;
  }

  /** @throws PipelineError `badData` if elements are missing */
  end(): void {
    if (!this.#header) {
      throw new PipelineError(
        'badData',
        `${this.#name}: expected an IDX header of ${this.#headerLength()} bytes, got ${this.#head.length}`,
      );
    }
    if (this.#seen < this.#expected()) {
      throw new PipelineError(
        'badData',
        `${this.#name}: expected ${this.#expected()} bytes of data after the header, got ${this.#seen}: the file is cut off`,
      );
    }
  }

  #headerLength(): number {
    return 4 + 4 * this.#dimensions;
  }

  #expected(): number {
    return this.#header ? this.#header.shape.reduce((product, side) => product * side, 1) : 0;
  }

  #readHeader(chunk: Uint8Array): Uint8Array {
    const wanted = this.#headerLength() - this.#head.length;
    this.#head = concatBytes([this.#head, chunk.subarray(0, wanted)]);
    if (this.#head.length >= 4) this.#checkMagic();
    if (this.#head.length < this.#headerLength()) return new Uint8Array(0);
    const view = new DataView(this.#head.buffer, this.#head.byteOffset, this.#head.length);
    this.#header = { shape: Array.from({ length: this.#dimensions }, (_, i) => view.getUint32(4 + 4 * i)) };
    return chunk.subarray(wanted);
  }

  #checkMagic(): void {
    const found = [...this.#head.subarray(0, 4)];
    const expected = [0, 0, UNSIGNED_BYTE, this.#dimensions];
    if (found.some((byte, i) => byte !== expected[i])) {
      const hex = (bytes: number[]): string => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
      throw new PipelineError(
        'badData',
        `${this.#name}: expected an IDX file of unsigned bytes in ${this.#dimensions} dimensions (${hex(expected)}), got ${hex(found)}`,
      );
    }
  }
}
