import type { PointDerivatives } from './pointDerivatives.js';

/** The derivatives of one row with respect to all points that are wanted, as they are found. */
export class RowDerivatives {
  readonly #memory: Float64Array;
  readonly #size: number;
  readonly #isWritten: Uint8Array;

  /**
   * @param derivatives R×I×3×F, of any content
   * @param row the one to fill
   * @param nWanted I
   * @param size 3×F
   */
  constructor(derivatives: Float64Array, row: number, nWanted: number, size: number) {
    this.#memory = derivatives.subarray(row * nWanted * size, (row + 1) * nWanted * size);
    this.#size = size;
    this.#isWritten = new Uint8Array(nWanted);
  }

  /** Adds those of the point that has been differentiated last, the wanted one with that number. */
  add(wanted: number, point: PointDerivatives): void {
    if (this.#isWritten[wanted]) point.add(this.#of(wanted));
    else point.write(this.#of(wanted));
    this.#isWritten[wanted] = 1;
  }

  /** Adds 3×F numbers. */
  addValues(wanted: number, values: Float64Array): void {
    const target = this.#of(wanted);
    if (!this.#isWritten[wanted]) target.fill(0);
    for (let i = 0; i < values.length; i++) target[i]! += values[i]!;
    this.#isWritten[wanted] = 1;
  }

  /** Writes zeros for the points that nothing was added for. */
  finish(): void {
    for (const [wanted, isWritten] of this.#isWritten.entries()) if (!isWritten) this.#of(wanted).fill(0);
  }

  #of(wanted: number): Float64Array {
    return this.#memory.subarray(wanted * this.#size, (wanted + 1) * this.#size);
  }
}
