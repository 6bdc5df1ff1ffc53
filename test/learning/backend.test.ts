import { spawnSync } from 'node:child_process';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { isNativeUsable, loadBackend } from '#dist/learning/backend.js';

const missing = () => Promise.reject(new Error('Cannot find package'));
const nothing = () => Promise.resolve();

// In order: the engine is one for the process.
describe('loadBackend', () => {
  it('computes on WebAssembly where there is no native package, and leaves the exception handlers of the process', async () => {
    const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    await loadBackend(missing);
    expect(tf.getBackend()).toBe('wasm');
    expect(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')).toBe(true);
    const after = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    expect(after).toEqual(before);
  });

  it('loads once', () => {
    expect(loadBackend()).toBe(loadBackend(missing));
  });

  it('prints nothing', () => {
    const program = `
      import { loadBackend } from '#dist/learning/backend.js';
      import * as tf from '@tensorflow/tfjs-core';
      await loadBackend();
      tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync());
    `;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

// In order: the registry is one for the process.
describe('a native engine', () => {
  it('is of no use where its package is missing, or registers on another copy of tfjs-core', async () => {
    expect([await isNativeUsable(missing), await isNativeUsable(nothing)]).toEqual([false, false]);
  });

  it('is of no use if it cannot compute', async () => {
    tf.registerBackend('tensorflow', () => new MathBackendCPU());
    expect(await isNativeUsable(nothing)).toBe(false);
  });

  it('is used if it computes on the same tfjs-core', async () => {
    tf.copyRegisteredKernels('cpu', 'tensorflow');
    expect(await isNativeUsable(nothing)).toBe(true);
    expect(tf.getBackend()).toBe('tensorflow');
  });
});
