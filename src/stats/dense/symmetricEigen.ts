import { STEP, type Steps } from '../steps.js';
import { tridiagonalVectors } from './tridiagonalVectors.js';
import { type Matrix, rowsOf, type Workspace } from './workspace.js';

/** Eigenvalues, descending, and eigenvectors to the first of them, a row each. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Matrix;
}

/** Rotations that wait to be applied: 3 MB. */
const MOST_ROTATIONS = 2 ** 17;
/** Eigenvectors that are reflected together: of 4,000 numbers they are 1 MB. */
const REFLECTED_ROWS = 32;
/** Of fewer vectors than an eighth inverse iteration takes less time than rotations. */
const FEW = 8;
/** QL needs two sweeps an eigenvalue; LAPACK allows 30. */
const MOST_SWEEPS = 60;

/**
 * All eigenvalues of a positive semidefinite matrix and the eigenvectors to the first `count`: Householder reflections to a tridiagonal
 * matrix, implicit QL, and inverse iteration where vectors are few. Errors are some ε of the largest eigenvalue.
 *
 * Memory: two matrices more, none where vectors are few.
 *
 * @param matrix order × order, of which what is below the diagonal does not matter; it is overwritten
 * @see Martin, Wilkinson 1968, doi:10.1007/BF02165404 (QL)
 */
export function* symmetricEigen(workspace: Workspace, matrix: Matrix, count: number): Steps<Eigen> {
  const { kernels } = workspace;
  const order = matrix.rows;
  const vectors = workspace.matrix(count, order);
  return yield* workspace.scratch(function* () {
    const scale = normalize(workspace.valuesOf(matrix), order);
    const parts = workspace.reserve(5 * order);
    workspace.numbers(parts, 5 * order).fill(0);
    let work = 0;
    for (let i = 0; i < order; i++) {
      kernels.tridiagonalStep(matrix.at, order, i, parts, parts + 8 * 4 * order);
      work += 2 * (order - i) ** 2;
      if (work < STEP / 2) continue;
      yield work;
      work = 0;
    }
    const diagonal = workspace.numbers(parts, order).slice();
    const beside = workspace.numbers(parts + 8 * order, order).slice();
    const taus = workspace.numbers(parts + 8 * 2 * order, order).slice();

    const values = FEW * count <= order ? yield* fewVectors(workspace, diagonal, beside, vectors) : undefined;
    const found = values ?? (yield* allVectors(workspace, diagonal, beside, vectors));
    yield* reflect(workspace, matrix, taus, vectors);
    return { values: found.map((value) => value * scale), vectors };
  });
}

/** By inverse iteration. Returns all eigenvalues, or nothing if that does not find the vectors. */
function* fewVectors(
  workspace: Workspace,
  diagonal: Float64Array,
  beside: Float64Array,
  vectors: Matrix,
): Steps<Float64Array | undefined> {
  const eigenvalues = diagonal.slice();
  yield* implicitQl(workspace, eigenvalues, beside.slice());
  const values = eigenvalues.toSorted().toReversed();
  const found = new Float64Array(vectors.rows * vectors.columns);
  const norm = normOf(diagonal, beside);
  if (!(yield* tridiagonalVectors(diagonal, beside, norm, values.subarray(0, vectors.rows), found))) return undefined;
  workspace.valuesOf(vectors).set(found);
  return values;
}

/** By the rotations of QL. Returns all eigenvalues. */
function* allVectors(
  workspace: Workspace,
  diagonal: Float64Array,
  beside: Float64Array,
  vectors: Matrix,
): Steps<Float64Array> {
  const order = diagonal.length;
  const rotated = workspace.matrix(order, order);
  const identity = workspace.valuesOf(rotated).fill(0);
  for (let i = 0; i < order; i++) identity[i * (order + 1)] = 1;
  yield* implicitQl(workspace, diagonal, beside, rotated);
  const ranks = Array.from(diagonal.keys()).toSorted((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  for (let i = 0; i < vectors.rows; i++) {
    workspace.valuesOf(rowsOf(vectors, i, i + 1)).set(workspace.valuesOf(rowsOf(rotated, ranks[i]!, ranks[i]! + 1)));
  }
  return Float64Array.from(ranks, (rank) => diagonal[rank]!);
}

function normOf(diagonal: Float64Array, beside: Float64Array): number {
  let norm = 0;
  for (let i = 0; i < diagonal.length; i++) norm = Math.max(norm, Math.abs(diagonal[i]!) + Math.abs(beside[i]!));
  return norm;
}

/** Divides by the power of two that the largest element is below, which is in the diagonal: squares neither overflow nor vanish. */
function normalize(values: Float64Array, order: number): number {
  let largest = 0;
  for (let at = 0; at < values.length; at += order + 1) largest = Math.max(largest, values[at]!);
  const scale = largest > 0 ? 2 ** Math.ceil(Math.log2(largest)) : 1;
  for (let at = 0; at < values.length; at++) values[at]! /= scale;
  return scale;
}

/** Makes the diagonal of a tridiagonal matrix its eigenvalues, and applies the same rotations to the rows of `vectors`, if given. */
function* implicitQl(workspace: Workspace, d: Float64Array, e: Float64Array, vectors?: Matrix): Steps<void> {
  const order = d.length;
  const rotations = workspace.reserve(3 * (MOST_ROTATIONS + order));
  const queue = workspace.numbers(rotations, 3 * (MOST_ROTATIONS + order));
  let queued = 0;
  const negligible = Number.EPSILON * normOf(d, e);

  for (let l = 0; l < order; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < order - 1 && Math.abs(e[m]!) > negligible) m++;
      if (m === l) break;
      if (sweep === MOST_SWEEPS) throw new Error(`eigenvalue ${l}: expected QL to converge in ${MOST_SWEEPS} sweeps`);
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      const root = Math.sqrt(g * g + 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g < 0 ? -root : root));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        const length = Math.sqrt(f * f + g * g);
        e[i + 1] = length;
        if (length === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / length;
        c = g / length;
        g = d[i + 1]! - p;
        const r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        queue[queued++] = i;
        queue[queued++] = c;
        queue[queued++] = s;
      }
      if (i < l) {
        d[l]! -= p;
        e[l] = g;
        e[m] = 0;
      }
      if (queued < 3 * MOST_ROTATIONS) continue;
      yield* rotate(workspace, vectors, rotations, queued / 3);
      queued = 0;
    }
  }
  yield* rotate(workspace, vectors, rotations, queued / 3);
}

function* rotate({ kernels }: Workspace, vectors: Matrix | undefined, rotations: number, count: number): Steps<void> {
  yield count;
  if (count === 0 || !vectors) return;
  const { at, columns } = vectors;
  const width = 16 * Math.max(1, Math.floor(STEP / (16 * 4 * count)));
  for (let start = 0; start < columns; start += width) {
    const end = Math.min(start + width, columns);
    kernels.rotateRows(at, columns, start, end, rotations, count);
    yield 4 * (end - start) * count;
  }
}

/** Turns eigenvectors of the tridiagonal matrix into those of the matrix, whose rows hold the reflections. */
function* reflect({ kernels }: Workspace, matrix: Matrix, taus: Float64Array, vectors: Matrix): Steps<void> {
  const order = taus.length;
  let work = 0;
  for (let row = 0; row < vectors.rows; row += REFLECTED_ROWS) {
    const rows = Math.min(REFLECTED_ROWS, vectors.rows - row);
    for (let i = order - 2; i >= 0; i--) {
      const v = matrix.at + 8 * i * order;
      kernels.reflectRows(vectors.at + 8 * row * order, order, rows, v, i + 1, taus[i]!);
      work += 2 * rows * (order - i);
      if (work < STEP / 2) continue;
      yield work;
      work = 0;
    }
  }
  yield work;
}
