import type { FrameCell } from './lattice.js';
import { decimalsOf } from './numbers.js';

const VECTOR = /^\s*VEC([123])\s+(.*)$/is;

/** What the files of some programs have after the points of a frame: `VEC1 x y z` to `VEC3`, in any letters, or the three further lines of QM9. */
export class FrameTail {
  readonly #vectors = new Map<number, readonly number[]>();
  /** How many lines of QM9 may still come: frequencies, SMILES, InChI. */
  #further: number;

  /** @param isOfQm9 whether the frame is one of QM9 */
  constructor(isOfQm9: boolean) {
    this.#further = isOfQm9 ? 3 : 0;
  }

  /**
   * Takes a line that is no beginning of a frame. False if it does not belong to this one either.
   * @param fail throws, with the place
   */
  take(line: string, fail: (detail: string) => never): boolean {
    const [, number, rest] = VECTOR.exec(line) ?? [];
    if (number === undefined) return this.#takeFurther(line.trim().split(/\s+/));
    const vector = decimalsOf(rest!.trim());
    if (vector.length !== 3 || !vector.every(Number.isFinite)) fail(`expected three finite numbers after VEC${number}`);
    if (this.#vectors.has(Number(number))) fail(`expected one vector VEC${number}, got two`);
    this.#vectors.set(Number(number), vector);
    return true;
  }

  #takeFurther(fields: readonly string[]): boolean {
    const further = this.#further--;
    if (further === 3) return fields.every((field) => Number.isFinite(Number(field)));
    return further === 2 ? fields.length <= 2 : further === 1 && fields[0]!.startsWith('InChI=');
  }

  /** The cell of the vectors, periodic along those that are there; undefined if none is. */
  get cell(): FrameCell | undefined {
    if (this.#vectors.size === 0) return undefined;
    const vectors = [1, 2, 3].map((number) => this.#vectors.get(number));
    return {
      cell: Float64Array.from(vectors.flatMap((vector) => vector ?? [0, 0, 0])),
      pbc: Uint8Array.from(vectors, (vector) => (vector ? 1 : 0)),
    };
  }
}
