/**
 * Dense linear algebra on a memory of its own: what `../assembly/index.ts` exports, whose comments say what it means. Addresses are in bytes, all
 * else in numbers.
 */
export interface DenseKernels {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(count: number): number;
  reservedTo(): number;
  release(address: number): void;
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
  ): void;
  addDistances32(values: number, shift: number, rows: number, columns: number, sums: number): void;
  addDistances64(values: number, shift: number, rows: number, columns: number, sums: number): void;
  center32(from: number, shift: number, to: number, rows: number, columns: number): void;
  center64(from: number, shift: number, to: number, rows: number, columns: number): void;
  sumSquares(values: number, count: number): number;
  tridiagonalStep(a: number, order: number, step: number, vectors: number, product: number): void;
  rotateRows(z: number, columns: number, start: number, end: number, rotations: number, count: number): void;
  reflectRows(z: number, columns: number, rows: number, v: number, first: number, tau: number): void;
}
