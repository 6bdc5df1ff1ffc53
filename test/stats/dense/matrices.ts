import { transposed, type Matrix, type Workspace } from '#dist/stats/dense/workspace.js';
import { finished } from '#dist/stats/steps.js';

/** A matrix of a workspace with these numbers, row by row. */
export function given(workspace: Workspace, rows: number, values: Float64Array): Matrix {
  const matrix = workspace.matrix(rows, values.length / rows);
  workspace.valuesOf(matrix).set(values);
  return matrix;
}

/** Q diag(λ) Qᵀ with Q of as many reflections as a matrix of random numbers has rows. */
export function withEigenvalues(eigenvalues: readonly number[], random: Float64Array): Float64Array {
  const order = eigenvalues.length;
  const matrix = new Float64Array(order * order);
  for (const [i, value] of eigenvalues.entries()) matrix[i * (order + 1)] = value;
  for (let start = 0; start + order <= random.length; start += order) {
    const v = random.subarray(start, start + order);
    const squares = v.reduce((sum, x) => sum + x * x, 0);
    for (const step of [1, order]) {
      for (let line = 0; line < order; line++) {
        const at = (i: number): number => line * (step === 1 ? order : 1) + i * step;
        let product = 0;
        for (let i = 0; i < order; i++) product += matrix[at(i)]! * v[i]!;
        for (let i = 0; i < order; i++) matrix[at(i)]! -= ((2 * product) / squares) * v[i]!;
      }
    }
  }
  return matrix;
}

/** The largest |A z − λ z| of a component, and the largest |zᵢ·zⱼ − δᵢⱼ|. */
export function errorsOf(
  matrix: Float64Array,
  values: ArrayLike<number>,
  vectors: Float64Array,
): { readonly residual: number; readonly orthogonality: number } {
  const order = Math.sqrt(matrix.length);
  const count = vectors.length / order;
  let residual = 0;
  let orthogonality = 0;
  for (let k = 0; k < count; k++) {
    const z = vectors.subarray(k * order, (k + 1) * order);
    for (let i = 0; i < order; i++) {
      let sum = 0;
      for (let j = 0; j < order; j++) sum += matrix[i * order + j]! * z[j]!;
      residual = Math.max(residual, Math.abs(sum - values[k]! * z[i]!));
    }
    for (let other = 0; other <= k; other++) {
      let product = 0;
      for (let i = 0; i < order; i++) product += z[i]! * vectors[other * order + i]!;
      orthogonality = Math.max(orthogonality, Math.abs(product - (other === k ? 1 : 0)));
    }
  }
  return { residual, orthogonality };
}

/** Aᵀ A of random numbers with more rows than columns, say. */
export function gramOf(workspace: Workspace, columns: number, values: Float64Array): Float64Array {
  const rows = given(workspace, values.length / columns, values);
  const gram = given(workspace, columns, new Float64Array(columns * columns));
  finished(workspace.addProduct(transposed(rows), rows, gram));
  return workspace.valuesOf(gram).slice();
}
