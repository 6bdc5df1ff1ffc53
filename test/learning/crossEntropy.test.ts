import { describe, expect, it } from 'vitest';
import { softmaxCrossEntropy } from '#dist/learning/losses.js';

describe('softmaxCrossEntropy', () => {
  it('is -log p of the label, averaged over the rows', () => {
    const logits = Float32Array.of(0, 0, 0, 0, Math.log(2), Math.log(5));
    const { loss } = softmaxCrossEntropy(logits, Uint8Array.of(1, 2));
    // Logarithms rounded to float32.
    expect(loss).toBeCloseTo((Math.log(3) + Math.log(8 / 5)) / 2, 6);
  });

  it('has the derivative that central differences have', () => {
    const logits = Float32Array.of(0.3, -1.2, 0.7, 2, 0.1, -0.5);
    const labels = Uint8Array.of(2, 0);
    const { gradient } = softmaxCrossEntropy(logits, labels);
    const h = 2 ** -7; // exact in float32; the error of the difference is of order h² = 6e-5 times a third derivative < 1
    for (let i = 0; i < logits.length; i++) {
      const [up, down] = [h, -h].map((step) => softmaxCrossEntropy(logits.with(i, logits[i]! + step), labels).loss);
      expect(gradient[i]).toBeCloseTo((up! - down!) / (2 * h), 4);
    }
  });

  it('does not overflow for large logits', () => {
    const { loss, gradient } = softmaxCrossEntropy(Float32Array.of(1000, -1000), Uint8Array.of(1));
    expect(loss).toBe(2000);
    expect([...gradient]).toEqual([1, -1]);
  });
});
