import { spawnSync } from 'node:child_process';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { loadBackend } from '#dist/learning/backend.js';

const missing = () => Promise.reject(new Error('Cannot find package'));
const nothing = () => Promise.resolve();

// In order: the engine is one for the process.
describe('loadBackend', () => {
  it('says which engine could not be loaded when it was asked for', async () => {
    await expect(loadBackend('tensorflow', missing)).rejects.toMatchObject({
      code: 'missingInput',
      message: 'backend: expected a working @tensorflow/tfjs-node, found Cannot find package',
    });
  });

  it('rejects a native package that registers on another copy of tfjs-core', async () => {
    await expect(loadBackend('tensorflow', nothing)).rejects.toThrow(
      'backend: expected a working @tensorflow/tfjs-node, found another copy of @tensorflow/tfjs-core',
    );
  });

  it('computes on WebAssembly where there is no native package, and leaves the exception handlers of the process', async () => {
    const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    expect(await loadBackend(undefined, missing)).toBe('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')).toBe(true);
    const after = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    expect(after).toEqual(before);
  });

  it('keeps what is loaded', async () => {
    expect(await Promise.all([loadBackend(undefined, missing), loadBackend()])).toEqual(['wasm', 'wasm']);
  });

  it('rejects a native engine that cannot compute, and goes on with WebAssembly', async () => {
    tf.registerBackend('tensorflow', () => new MathBackendCPU());
    await expect(loadBackend('tensorflow', nothing)).rejects.toThrow("Kernel 'BatchMatMul' not registered");
    expect(await loadBackend(undefined, nothing)).toBe('wasm');
    expect(tf.getBackend()).toBe('wasm');
  });

  it('takes a native engine that computes on the same tfjs-core', async () => {
    tf.copyRegisteredKernels('cpu', 'tensorflow');
    expect(await loadBackend('tensorflow', nothing)).toBe('tensorflow');
    expect(await loadBackend(undefined, missing)).toBe('tensorflow');
    expect(await loadBackend('wasm')).toBe('wasm');
  });

  it('prints nothing', () => {
    const program = `
      import { loadBackend } from '#dist/learning/backend.js';
      import * as tf from '@tensorflow/tfjs-core';
      for (const name of [undefined, 'cpu', 'wasm']) {
        await loadBackend(name);
        tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync());
      }
    `;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
