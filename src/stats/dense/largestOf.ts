import type { Steps } from '../steps.js';
import { largestEigen } from './blockLanczos.js';
import { type Eigen, symmetricEigen } from './symmetricEigen.js';
import type { SymmetricOperator } from './symmetricMatrix.js';
import type { Workspace } from './workspace.js';

/** Up to this order a full decomposition takes some 50 ms. */
const SMALL = 500;
/** Of more eigenvectors than a tenth a full decomposition is not slower. */
const FEW = 10;

/** Whether all of a matrix is decomposed when so many eigenvectors are wanted. Else it may still be, where others take too long. */
export function isFullDecomposition(order: number, count: number): boolean {
  return order <= SMALL || FEW * count > order;
}

/** The largest eigenvalues of a positive semidefinite matrix of trace 1 at most, and their eigenvectors, to rounding. */
export function* largestOf(workspace: Workspace, operator: SymmetricOperator, count: number): Steps<Eigen> {
  if (!isFullDecomposition(operator.order, count)) {
    const found = yield* largestEigen(workspace, operator, count, operator.order);
    if (found) return found;
  }
  return yield* symmetricEigen(workspace, yield* operator.matrix(), count);
}
