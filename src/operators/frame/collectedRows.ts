import { PipelineError } from '../../errors.js';
import type { FloatArray } from '../../stats/rows.js';

/** The rows of a stream as float32, which a training needs all at once. */
export class CollectedRows {
  readonly #maxBytes: number;
  readonly #chunks: Float32Array[] = [];
  #length = 0;

  /** @param maxBytes bound of the memory for the rows */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Copies the rows. @throws PipelineError `badData` if there are too many */
  add(values: FloatArray): void {
    this.#length += values.length;
    if (this.#length * Float32Array.BYTES_PER_ELEMENT > this.#maxBytes) {
      throw new PipelineError(
        'badData',
        `the rows to train on need more than ${this.#maxBytes} bytes: put reservoirSample before`,
        { place: { option: 'maxBytes' } },
      );
    }
    this.#chunks.push(new Float32Array(values));
  }

  /** All rows in one array. The chunks are given up on the way, so that no second copy of all piles up. */
  take(): Float32Array<ArrayBuffer> {
    const all = new Float32Array(this.#length);
    let at = 0;
    for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) {
      all.set(chunk, at);
      at += chunk.length;
    }
    this.#length = 0;
    return all;
  }
}
