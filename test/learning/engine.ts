import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '#dist/learning/backend.js';

/** Has TensorFlow.js compute on this engine. */
export async function useEngine(name: 'wasm' | 'cpu'): Promise<void> {
  await loadBackend();
  if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend(name);
}
