import * as tf from '@tensorflow/tfjs-core';
import { PipelineError } from '../errors.js';

type Importer = () => Promise<unknown>;

// An optional peer: a specifier that is not a literal, since the package need not be there when this is compiled.
const nativePackage: string = '@tensorflow/tfjs-node';
const importNativePackage: Importer = () => import(nativePackage);

let loaded: Promise<void> | undefined;

/**
 * Loads an engine for TensorFlow.js, once per process: libtensorflow, if `@tensorflow/tfjs-node` is installed and computes on this copy of
 * tfjs-core, else WebAssembly. Puts TensorFlow.js into production mode, which silences its hints.
 *
 * @param importNative how the native package is imported
 */
export function loadBackend(importNative = importNativePackage): Promise<void> {
  loaded ??= useFastest(importNative);
  return loaded;
}

async function useFastest(importNative: Importer): Promise<void> {
  tf.enableProdMode();
  if (!(await isNativeUsable(importNative))) await useWasm();
}

/** Whether the native engine computes. If so, it is in use. */
export async function isNativeUsable(importNative: Importer): Promise<boolean> {
  try {
    await importNative();
    if (tf.findBackendFactory('tensorflow') === null) return false; // it has registered with another copy of tfjs-core
    if (!(await tf.setBackend('tensorflow'))) return false;
    return tf.tidy(() => tf.matMul(tf.tensor2d([[2]]), tf.tensor2d([[3]])).dataSync()[0]) === 6;
  } catch {
    return false;
  }
}

async function useWasm(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  await withoutNewListeners(() => tf.setBackend('wasm'));
  if (tf.getBackend() !== 'wasm') throw new PipelineError('missingInput', 'backend: WebAssembly does not start');
}

/**
 * Emscripten's start-up code listens to `uncaughtException` and `unhandledRejection` and throws what it gets, over the
 * head of the program that loads it. What it adds is removed again.
 */
async function withoutNewListeners(start: () => Promise<unknown>): Promise<void> {
  const exceptions = new Set<unknown>(process.listeners('uncaughtException'));
  const rejections = new Set<unknown>(process.listeners('unhandledRejection'));
  await start();
  for (const listener of process.listeners('uncaughtException')) {
    if (!exceptions.has(listener)) process.removeListener('uncaughtException', listener);
  }
  for (const listener of process.listeners('unhandledRejection')) {
    if (!rejections.has(listener)) process.removeListener('unhandledRejection', listener);
  }
}
