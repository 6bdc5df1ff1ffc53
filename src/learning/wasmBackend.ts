import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** Tells whether the memory of an engine is open to us. */
export function isWasmBackend(backend: object): backend is BackendWasm {
  return 'typedArrayFromHeap' in backend;
}
