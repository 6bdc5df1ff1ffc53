import { counterRandom } from '../../random/counterRandom.js';
import type { Steps } from '../steps.js';

/** Two turns are enough where eigenvalues are apart. */
const MOST_TURNS = 6;
/** Residuals that count as none, in terms of the norm. */
const RESIDUAL = 2 ** -49;
/** How far eigenvalues may be off at first, likewise. */
const ROUNDING = 2 ** -40;
/** Equal eigenvalues are taken this far apart, in terms of the norm, so that one solution is not that of another. */
const APART = 2 ** -49;

/**
 * Eigenvectors to some eigenvalues of a symmetric tridiagonal matrix, by inverse iteration, each orthogonal to all before it.
 *
 * @param diagonal its elements, likewise those beside it
 * @param norm of the matrix, roughly; residuals are measured by it
 * @param values roughly known, descending; they are made as good as their vectors
 * @param vectors receives them, one after the other
 * @returns whether all were found
 * @see Peters, Wilkinson 1979, doi:10.1137/1021052
 */
export function* tridiagonalVectors(
  diagonal: Float64Array,
  beside: Float64Array,
  norm: number,
  values: Float64Array,
  vectors: Float64Array,
): Steps<boolean> {
  const order = diagonal.length;
  const random = counterRandom(0, 'eigenvectors');
  const solver = new ShiftedSolver(diagonal, beside, norm);
  let shift = Infinity;
  for (let i = 0; i < values.length; i++) {
    shift = Math.min(values[i]!, shift - APART * norm);
    solver.factor(shift);
    const vector = vectors.subarray(i * order, (i + 1) * order);
    for (let at = 0; at < order; at++) vector[at] = random.uniform(at, i) - 0.5;
    normalize(vector);
    let isFound = false;
    for (let turn = 0; turn < MOST_TURNS && !isFound; turn++) {
      solver.solve(vector);
      normalize(vector);
      // Again where little is left, which rounding of the first difference spoils.
      for (let left = 0; left < 0.5;) {
        for (let before = 0; before < i; before++) {
          takeOut(vector, vectors.subarray(before * order, (before + 1) * order));
        }
        left = normalize(vector);
        if (!(left > 0)) return false;
      }
      const { value, residual } = rayleighQuotient(diagonal, beside, vector);
      isFound = turn > 0 && residual <= RESIDUAL * norm && Math.abs(value - values[i]!) <= ROUNDING * norm;
      if (isFound) values[i] = Math.min(value, i > 0 ? values[i - 1]! : Infinity);
      yield (2 * i + 10) * order;
    }
    if (!isFound) return false;
  }
  return true;
}

/** Gaussian elimination with pivots of T − σ, for one shift after the other. */
class ShiftedSolver {
  readonly #diagonal: Float64Array;
  readonly #beside: Float64Array;
  readonly #leastPivot: number;
  /** Rows of the upper triangle: pivots, and what is one and two places behind them. */
  readonly #pivots: Float64Array;
  readonly #second: Float64Array;
  readonly #third: Float64Array;
  readonly #factors: Float64Array;
  readonly #isSwapped: Uint8Array;

  constructor(diagonal: Float64Array, beside: Float64Array, norm: number) {
    this.#diagonal = diagonal;
    this.#beside = beside;
    this.#leastPivot = Number.EPSILON * norm;
    const order = diagonal.length;
    this.#pivots = new Float64Array(order);
    this.#second = new Float64Array(order);
    this.#third = new Float64Array(order);
    this.#factors = new Float64Array(order);
    this.#isSwapped = new Uint8Array(order);
  }

  factor(shift: number): void {
    const last = this.#diagonal.length - 1;
    let pivot = this.#diagonal[0]! - shift;
    let second = last > 0 ? this.#beside[0]! : 0;
    for (let i = 0; i < last; i++) {
      const below = this.#beside[i]!;
      const next = this.#diagonal[i + 1]! - shift;
      const afterNext = i + 1 < last ? this.#beside[i + 1]! : 0;
      const isSwapped = Math.abs(below) > Math.abs(pivot);
      this.#isSwapped[i] = isSwapped ? 1 : 0;
      if (isSwapped) {
        const factor = pivot / below;
        this.#factors[i] = factor;
        this.#pivots[i] = below;
        this.#second[i] = next;
        this.#third[i] = afterNext;
        pivot = second - factor * next;
        second = -factor * afterNext;
      } else {
        if (Math.abs(pivot) < this.#leastPivot) pivot = this.#leastPivot;
        const factor = below / pivot;
        this.#factors[i] = factor;
        this.#pivots[i] = pivot;
        this.#second[i] = second;
        this.#third[i] = 0;
        pivot = next - factor * second;
        second = afterNext;
      }
    }
    this.#pivots[last] = Math.abs(pivot) < this.#leastPivot ? this.#leastPivot : pivot;
    this.#second[last] = 0;
    this.#third[last] = 0;
  }

  /** Puts (T − σ)⁻¹ x in place of x. */
  solve(x: Float64Array): void {
    const last = x.length - 1;
    for (let i = 0; i < last; i++) {
      const [one, other] = [x[i]!, x[i + 1]!];
      x[i] = this.#isSwapped[i] ? other : one;
      x[i + 1] = (this.#isSwapped[i] ? one : other) - this.#factors[i]! * x[i]!;
    }
    for (let i = last; i >= 0; i--) {
      const behind = i < last ? this.#second[i]! * x[i + 1]! : 0;
      const more = i + 1 < last ? this.#third[i]! * x[i + 2]! : 0;
      x[i] = (x[i]! - behind - more) / this.#pivots[i]!;
    }
  }
}

/** Returns the length that the vector had. */
function normalize(vector: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]!));
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i]! / largest) ** 2;
  const length = largest * Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return length;
}

function takeOut(vector: Float64Array, other: Float64Array): void {
  let product = 0;
  for (let i = 0; i < vector.length; i++) product += vector[i]! * other[i]!;
  for (let i = 0; i < vector.length; i++) vector[i]! -= product * other[i]!;
}

/** The eigenvalue λ that fits a vector best, and the length of T x − λ x. */
function rayleighQuotient(
  diagonal: Float64Array,
  beside: Float64Array,
  x: Float64Array,
): { readonly value: number; readonly residual: number } {
  const image = x.map((number, i) => {
    const before = i > 0 ? beside[i - 1]! * x[i - 1]! : 0;
    const behind = i + 1 < x.length ? beside[i]! * x[i + 1]! : 0;
    return diagonal[i]! * number + before + behind;
  });
  const value = image.reduce((sum, number, i) => sum + number * x[i]!, 0);
  return { value, residual: Math.sqrt(image.reduce((sum, number, i) => sum + (number - value * x[i]!) ** 2, 0)) };
}
