/**
 * Dense linear algebra in float64: products, and the parts of a symmetric eigensolver. Built twice, with and without relaxed SIMD.
 * Addresses are in bytes, all else in numbers. The host is `../dense/wasmKernels.ts`.
 */
export { reserve, reservedTo, release } from './memory';
export { addProduct } from './product';
export { addDistances32, addDistances64, center32, center64, sumSquares } from './rows';
export { reflectRows, rotateRows } from './transformations';
export { tridiagonalStep } from './tridiagonal';
