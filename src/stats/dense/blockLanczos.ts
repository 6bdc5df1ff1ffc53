import { counterRandom } from '../../random/counterRandom.js';
import type { Steps } from '../steps.js';
import { multiplyInto, projectOut } from './multiply.js';
import { type Eigen, symmetricEigen } from './symmetricEigen.js';
import { columnsOf, type Matrix, rowsOf, transposed, type Workspace } from './workspace.js';

/** A positive semidefinite matrix of which only products are known. Its trace is at most 1. */
export interface Operator {
  readonly order: number;
  /** Rows of `product` become those of `block`, times the matrix. */
  multiply(block: Matrix, product: Matrix): Steps<void>;
}

/** Residuals that count as none: what a full decomposition leaves, too. */
const RESIDUAL = 2 ** -48;
/** Directions that are smaller than rounding when they are made orthogonal to others are no longer any. */
const NEGLIGIBLE = 2 ** -50;

/**
 * The largest eigenvalues and their eigenvectors, to rounding, by a block Lanczos method with full orthogonalization and thick restarts.
 * Eigenvalues of any multiplicity are found, since a block has more vectors than are asked for.
 *
 * Memory: some 17 blocks of count + 4 vectors each.
 *
 * @param count of eigenvalues, few beside the order
 * @param mostVectors that may be multiplied before it gives up
 * @returns undefined if it gave up
 * @see Wu, Simon 2000, doi:10.1137/S0895479898334605 (thick restarts)
 */
export function* largestEigen(
  workspace: Workspace,
  operator: Operator,
  count: number,
  mostVectors: number,
): Steps<Eigen | undefined> {
  const { order } = operator;
  const width = 3 * Math.ceil((count + 4) / 3); // whole tiles of the product
  const capacity = width * Math.max(6, Math.floor(192 / width));
  const keeps = count + Math.ceil((capacity - count) / 3);
  const vectors = workspace.matrix(count, order);
  const block = workspace.matrix(width, order);
  let [basis, spare] = [workspace.matrix(capacity, order), workspace.matrix(capacity, order)];
  const projected = new Projected(capacity);
  fillRandomly(workspace.valuesOf(block));
  let next = block;
  let size = 0;
  let multiplied = 0;
  for (let isFirstCycle = true; ;) {
    next = yield* orthonormalize(workspace, next, rowsOf(basis, 0, size));
    if (next.rows === 0) return undefined;
    const added = rowsOf(basis, size, size + next.rows);
    workspace.valuesOf(added).set(workspace.valuesOf(next));
    size += added.rows;
    multiplied += added.rows;
    next = { ...block, rows: added.rows };
    yield* operator.multiply(added, next);
    const known = rowsOf(basis, 0, size);
    yield* workspace.scratch(function* () {
      const coefficients = yield* projectOut(workspace, next, known);
      projected.add(workspace.valuesOf(coefficients), size, added.rows);
    });

    const isFull = size + width > capacity;
    if (!isFull && (!isFirstCycle || size < 4 * width)) continue;
    const isFound = yield* workspace.scratch(function* () {
      const ritz = yield* projected.eigen(workspace, size, isFull ? keeps : count);
      const wanted = rowsOf(ritz.vectors, 0, count);
      const residual = yield* largestResidual(workspace, columnsOf(wanted, size - added.rows, size), next);
      if (residual <= RESIDUAL * ritz.values[0]!) {
        yield* multiplyInto(workspace, wanted, known, vectors);
        return ritz.values.slice(0, count);
      }
      if (isFull) {
        yield* multiplyInto(workspace, ritz.vectors, known, rowsOf(spare, 0, keeps));
        projected.restart(ritz.values.subarray(0, keeps));
      }
      return undefined;
    });
    if (isFound) return { values: isFound, vectors };
    if (!isFull) continue;
    if (multiplied >= mostVectors) return undefined;
    [basis, spare] = [spare, basis];
    size = keeps;
    isFirstCycle = false;
  }
}

/** The matrix as the basis sees it, Q A Qᵀ. */
class Projected {
  readonly #capacity: number;
  readonly #values: Float64Array;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#values = new Float64Array(capacity * capacity);
  }

  /** Adds the last columns, which belong to the last vectors of the basis. */
  add(columns: Float64Array, size: number, width: number): void {
    for (let i = 0; i < size; i++) {
      this.#values.set(columns.subarray(i * width, (i + 1) * width), i * this.#capacity + size - width);
    }
  }

  /** The basis consists of Ritz vectors now. */
  restart(ritzValues: Float64Array): void {
    this.#values.fill(0);
    for (const [i, value] of ritzValues.entries()) this.#values[i * (this.#capacity + 1)] = value;
  }

  *eigen(workspace: Workspace, size: number, count: number): Steps<Eigen> {
    const matrix = workspace.matrix(size, size);
    const values = workspace.valuesOf(matrix);
    for (let i = 0; i < size; i++) {
      values.set(this.#values.subarray(i * this.#capacity, i * this.#capacity + size), i * size);
    }
    return yield* symmetricEigen(workspace, matrix, count);
  }
}

/** The same numbers always. */
function fillRandomly(values: Float64Array): void {
  const random = counterRandom(0, 'eigenvectors');
  for (let at = 0; at < values.length; at++) values[at] = random.uniform(at, 0) - 0.5;
}

/** A basis of what the rows span beside another basis, in their place; twice, since once leaves rounding of the first difference. */
function* orthonormalize(workspace: Workspace, rows: Matrix, basis: Matrix): Steps<Matrix> {
  for (let turn = 0; turn < 2; turn++) {
    const given = rows;
    rows = yield* workspace.scratch(function* () {
      if (basis.rows > 0) yield* projectOut(workspace, given, basis);
      return yield* normalize(workspace, given);
    });
  }
  return rows;
}

/**
 * Makes rows orthonormal by the eigenvectors of their products, and drops what is linearly dependent.
 * @see Stathopoulos, Wu 2002, doi:10.1137/S1064827500370883
 */
function* normalize(workspace: Workspace, rows: Matrix): Steps<Matrix> {
  const count = rows.rows;
  const products = yield* multiplyInto(workspace, rows, transposed(rows));
  const values = workspace.valuesOf(products);
  const scales = Float64Array.from({ length: count }, (_, i) => 1 / Math.sqrt(values[i * (count + 1)]!));
  for (let i = 0; i < count; i++) if (scales[i] === Infinity) scales[i] = 0;
  for (let at = 0; at < values.length; at++) values[at]! *= scales[Math.floor(at / count)]! * scales[at % count]!;
  const { values: squares, vectors } = yield* symmetricEigen(workspace, products, count);
  const kept = squares.findIndex((square) => !(square > NEGLIGIBLE * count));
  const combinations = rowsOf(vectors, 0, kept < 0 ? count : kept);
  const factors = workspace.valuesOf(combinations);
  for (let at = 0; at < factors.length; at++) {
    factors[at]! *= scales[at % count]! / Math.sqrt(squares[Math.floor(at / count)]!);
  }
  const combined = yield* multiplyInto(workspace, combinations, rows);
  const result = { ...rows, rows: combinations.rows };
  workspace.valuesOf(result).set(workspace.valuesOf(combined));
  return result;
}

/**
 * The largest length of what is left of A q − λ q of a Ritz vector.
 *
 * @param parts of Ritz vectors that the last vectors of the basis have
 * @param rest of A times those, beside the basis
 */
function* largestResidual(workspace: Workspace, parts: Matrix, rest: Matrix): Steps<number> {
  const residuals = yield* multiplyInto(workspace, parts, rest);
  let largest = 0;
  for (let i = 0; i < residuals.rows; i++) {
    const { at, columns } = rowsOf(residuals, i, i + 1);
    largest = Math.max(largest, workspace.kernels.sumSquares(at, columns));
  }
  return Math.sqrt(largest);
}
