/**
 * Arithmetic on the memory of TensorFlow.js' WebAssembly engine, in place. Built twice, with and without relaxed SIMD. It
 * owns no memory: the host says where operands, results and scratch are. The host is `../wasmKernels.ts`.
 */
export { reluSlope, scale } from './activations';
export { adamStep } from './adam';
export { multiply } from './product';
export { scratchBytes, useScratch } from './scratch';
