import type { Steps } from '../steps.js';
import { type Matrix, transposed, type Workspace } from './workspace.js';

/** A·B, in a matrix that is made for it unless there is one. */
export function* multiplyInto(
  workspace: Workspace,
  a: Matrix,
  b: Matrix,
  product = workspace.matrix(a.rows, b.columns),
): Steps<Matrix> {
  workspace.valuesOf(product).fill(0);
  yield* workspace.addProduct(a, b, product);
  return product;
}

/** Takes out of each row what the basis covers. Returns that, basis × rows. */
export function* projectOut(workspace: Workspace, rows: Matrix, basis: Matrix): Steps<Matrix> {
  const coefficients = yield* multiplyInto(workspace, basis, transposed(rows));
  yield* workspace.addProduct(transposed(coefficients), basis, rows, { sign: -1 });
  return coefficients;
}
