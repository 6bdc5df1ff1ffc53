import { beforeAll, expect, it } from 'vitest';
import { useEngine } from './engine.js';
import { fingerprintOf } from '#dist/learning/fingerprint.js';

beforeAll(() => useEngine('wasm'));

it('a fingerprint tells data, options and engines apart, and nothing else', async () => {
  const features = Float32Array.of(1, 2, 3);
  const labels = Uint8Array.of(4, 5);
  const first = fingerprintOf({ seed: 1 }, [features, labels]);
  expect(first).toMatch(/^[\da-f]{64}$/);
  // Elsewhere in memory, and not at the beginning of a buffer.
  const copy = Float32Array.of(9, 1, 2, 3).subarray(1);
  expect(fingerprintOf({ seed: 1 }, [copy, labels.slice()])).toBe(first);
  const others = [
    fingerprintOf({ seed: 2 }, [features, labels]),
    fingerprintOf({ seed: 1 }, [features.with(2, 4), labels]),
    fingerprintOf({ seed: 1 }, [features, labels.with(0, 5)]),
    fingerprintOf({ seed: 1 }, [features.subarray(0, 2), Uint8Array.of(0, 0, 64, 64, 4, 5)]),
    fingerprintOf({ seed: 1 }, [features]),
  ];
  await useEngine('cpu');
  others.push(fingerprintOf({ seed: 1 }, [features, labels]));
  await useEngine('wasm');
  expect(new Set([first, ...others]).size).toBe(7);
});
