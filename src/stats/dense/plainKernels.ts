import type { FloatArray } from '../rows.js';
import type { DenseKernels } from './kernels.js';

/** The same in plain loops: for engines without WebAssembly, and to hold the other to. */
export class PlainKernels implements DenseKernels {
  memory = { buffer: new ArrayBuffer(0) };
  #values = new Float64Array(0);
  #top = 8; // 0 is no address

  reserve(count: number): number {
    const address = this.#top;
    this.#top += 8 * count;
    if (this.#top > this.memory.buffer.byteLength) {
      const grown = new Float64Array(Math.max(this.#top / 8, 2 * this.#values.length));
      grown.set(this.#values);
      this.#values = grown;
      this.memory = { buffer: grown.buffer };
    }
    return address;
  }

  reservedTo(): number {
    return this.#top;
  }

  release(address: number): void {
    this.#top = address;
  }

  addProduct(
    a: number,
    aRow: number,
    aTerm: number,
    b: number,
    bTerm: number,
    bColumn: number,
    c: number,
    cRow: number,
    rows: number,
    columns: number,
    terms: number,
    sign: 1 | -1,
    diagonal: number,
  ): void {
    const values = this.#values;
    for (let i = 0; i < rows; i++) {
      for (let j = Math.max(0, diagonal + i); j < columns; j++) {
        let sum = 0;
        let left = a / 8 + i * aRow;
        let right = b / 8 + j * bColumn;
        for (let t = 0; t < terms; t++, left += aTerm, right += bTerm) sum += values[left]! * values[right]!;
        values[c / 8 + i * cRow + j]! += sign * sum;
      }
    }
  }

  addDistances32(values: number, shift: number, rows: number, columns: number, sums: number): void {
    this.#addDistances(new Float32Array(this.memory.buffer, values, rows * columns), shift, columns, sums);
  }

  addDistances64(values: number, shift: number, rows: number, columns: number, sums: number): void {
    this.#addDistances(new Float64Array(this.memory.buffer, values, rows * columns), shift, columns, sums);
  }

  #addDistances(rows: FloatArray, shift: number, columns: number, sums: number): void {
    const values = this.#values;
    for (const [at, value] of rows.entries()) {
      values[sums / 8 + (at % columns)]! += value - values[shift / 8 + (at % columns)]!;
    }
  }

  center32(from: number, shift: number, to: number, rows: number, columns: number): void {
    this.#center(new Float32Array(this.memory.buffer, from, rows * columns), shift, to, columns);
  }

  center64(from: number, shift: number, to: number, rows: number, columns: number): void {
    this.#center(new Float64Array(this.memory.buffer, from, rows * columns), shift, to, columns);
  }

  #center(from: FloatArray, shift: number, to: number, columns: number): void {
    const values = this.#values;
    for (const [at, value] of from.entries()) values[to / 8 + at] = value - values[shift / 8 + (at % columns)]!;
  }

  sumSquares(numbers: number, count: number): number {
    return this.#values.subarray(numbers / 8, numbers / 8 + count).reduce((sum, x) => sum + x * x, 0);
  }

  tridiagonalStep(a: number, order: number, step: number, vectors: number, product: number): void {
    const values = this.#values;
    const at = (row: number, column: number): number => a / 8 + row * order + column;
    const [beside, taus, w] = [vectors / 8 + order, vectors / 8 + 2 * order, vectors / 8 + 3 * order];
    if (step > 0) {
      for (let row = step; row < order; row++) {
        for (let c = row; c < order; c++) {
          values[at(row, c)]! -=
            values[at(step - 1, row)]! * values[w + c]! + values[w + row]! * values[at(step - 1, c)]!;
        }
      }
    }
    values[vectors / 8 + step] = values[at(step, step)]!;
    const first = step + 1;
    if (first >= order) return;

    const v = values.subarray(at(step, first), at(step, order));
    const head = v[0]!;
    const rest = v.subarray(1).reduce((sum, x) => sum + x * x, 0);
    const beta = rest === 0 ? head : (head > 0 ? -1 : 1) * Math.sqrt(head * head + rest);
    const tau = rest === 0 ? 0 : (beta - head) / beta;
    for (let c = 1; c < v.length; c++) v[c] = rest === 0 ? 0 : v[c]! / (head - beta);
    v[0] = 1;
    values[beside + step] = beta;
    values[taus + step] = tau;

    const p = values.subarray(product / 8 + first, product / 8 + order);
    for (let row = first; row < order; row++) {
      p[row - first] = 0;
      for (let c = first; c < order; c++) {
        p[row - first]! += values[at(Math.min(row, c), Math.max(row, c))]! * v[c - first]!;
      }
    }
    const half = 0.5 * tau * tau * p.reduce((sum, x, c) => sum + x * v[c]!, 0);
    for (let c = 0; c < v.length; c++) values[w + first + c] = tau * p[c]! - half * v[c]!;
  }

  rotateRows(z: number, columns: number, start: number, end: number, rotations: number, count: number): void {
    const values = this.#values;
    for (let each = rotations / 8; each < rotations / 8 + 3 * count; each += 3) {
      const [row, c, s] = [values[each]!, values[each + 1]!, values[each + 2]!];
      const one = z / 8 + row * columns;
      for (let at = one + start; at < one + end; at++) {
        const [a, b] = [values[at]!, values[at + columns]!];
        values[at] = c * a - s * b;
        values[at + columns] = s * a + c * b;
      }
    }
  }

  reflectRows(z: number, columns: number, rows: number, v: number, first: number, tau: number): void {
    const values = this.#values;
    const reflection = values.subarray(v / 8 + first, v / 8 + columns);
    for (let row = 0; row < rows; row++) {
      const part = values.subarray(z / 8 + row * columns + first, z / 8 + (row + 1) * columns);
      const product = tau * part.reduce((sum, x, c) => sum + x * reflection[c]!, 0);
      for (let c = 0; c < part.length; c++) part[c]! -= product * reflection[c]!;
    }
  }
}
