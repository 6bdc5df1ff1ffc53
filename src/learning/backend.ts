import * as tf from '@tensorflow/tfjs-core';
import { messageOf, PipelineError } from '../errors.js';
import { replaceMatMulKernels } from './matMulKernels.js';

/** The engines that can do the arithmetic: libtensorflow (`@tensorflow/tfjs-node`), WebAssembly, and plain JavaScript. */
export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

type Importer = () => Promise<unknown>;

// An optional peer: a specifier that is not a literal, since the package need not be there when this is compiled.
const nativePackage: string = '@tensorflow/tfjs-node';
const importNativePackage: Importer = () => import(nativePackage);

let latest: Promise<BackendName | undefined> = Promise.resolve(undefined);

/**
 * Loads an engine for TensorFlow.js, once per process, and tells which one is in use. Without a choice it is the native
 * one if `@tensorflow/tfjs-node` is installed and computes on this copy of tfjs-core, else WebAssembly; a later call
 * without a choice keeps what is loaded. Puts TensorFlow.js into production mode, which silences its hints.
 *
 * @param importNative how the native package is imported
 * @throws PipelineError `missingInput` if the engine that was asked for cannot be loaded
 */
export function loadBackend(choice?: BackendName, importNative = importNativePackage): Promise<BackendName> {
  const next = latest
    .catch(() => undefined)
    .then((current) => (choice === undefined && current !== undefined ? current : use(choice, importNative)));
  latest = next;
  return next;
}

async function use(choice: BackendName | undefined, importNative: Importer): Promise<BackendName> {
  tf.enableProdMode();
  if (choice === 'wasm') return useWasm();
  if (choice === 'cpu') return useCpu();
  const failure = await tryNative(importNative);
  if (failure === undefined) return 'tensorflow';
  if (choice === undefined) return useWasm();
  const found = messageOf(failure);
  throw new PipelineError('missingInput', `backend: expected a working ${nativePackage}, found ${found}`, {
    cause: failure,
  });
}

/** Gives the reason why the native engine is of no use, or nothing if it computes. */
async function tryNative(importNative: Importer): Promise<unknown> {
  try {
    await importNative();
    if (tf.findBackendFactory('tensorflow') === null) return new Error('another copy of @tensorflow/tfjs-core');
    if (!(await tf.setBackend('tensorflow'))) return new Error('an engine that does not start');
    const product = tf.tidy(() => tf.matMul(tf.tensor2d([[2]]), tf.tensor2d([[3]])).dataSync()[0]);
    return product === 6 ? undefined : new Error(`2 · 3 = ${product}`);
  } catch (error) {
    return error;
  }
}

async function useWasm(): Promise<BackendName> {
  await import('@tensorflow/tfjs-backend-wasm');
  await withoutNewListeners(() => tf.setBackend('wasm'));
  if (tf.getBackend() !== 'wasm') throw new PipelineError('missingInput', 'backend: WebAssembly does not start');
  replaceMatMulKernels();
  return 'wasm';
}

async function useCpu(): Promise<BackendName> {
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  return 'cpu';
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
