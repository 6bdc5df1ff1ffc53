import { describe, expect, it } from 'vitest';
import { type JointPrediction, majorityVote, meanLogProbability } from '#dist/learning/jointPrediction.js';
import { randomNumbers } from '../support/batches.js';

const classCount = 3;

function joint(
  prediction: JointPrediction,
  ...chunks: readonly ArrayLike<number>[]
): { predicted: number; probabilities: Float32Array } {
  for (const chunk of chunks) prediction.add(Float32Array.from(chunk));
  const probabilities = new Float32Array(classCount);
  return { predicted: prediction.finish(probabilities), probabilities };
}

/** Rows that sum to 1, some classes next to impossible. */
function randomRows(count: number, seed: number): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from(
    Array.from({ length: count }, () => {
      const weights = Array.from({ length: classCount }, () => Math.exp(20 * random()));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return weights.map((weight) => weight / sum);
    }).flat(),
  );
}

describe('meanLogProbability', () => {
  it.each([1, 2, 31, 32, 33, 300])('is the softmax of the mean logarithms of %d rows', (count) => {
    const rows = randomRows(count, count);
    const means = Array.from({ length: classCount }, (_, c) => {
      const logs = [...rows].filter((_p, i) => i % classCount === c).map((p) => Math.log(Math.max(p, 1e-7)));
      return logs.reduce((sum, log) => sum + log, 0) / count;
    });
    const powers = means.map(Math.exp);
    const sum = powers.reduce((total, power) => total + power, 0);
    const { predicted, probabilities } = joint(meanLogProbability(classCount), rows);
    expect(predicted).toBe(means.indexOf(Math.max(...means)));
    // float32 has 2⁻²⁴ = 6e-8 of a number; the logarithms are far more exact.
    for (let c = 0; c < classCount; c++) expect(Math.abs(probabilities[c]! - powers[c]! / sum)).toBeLessThan(1e-7);
  });

  it('hands on the probabilities of a single row', () => {
    const { predicted, probabilities } = joint(meanLogProbability(classCount), [0.25, 0.125, 0.625]);
    expect(predicted).toBe(2);
    // Up to the rounding of exp(log p) to float32.
    for (const [c, p] of [0.25, 0.125, 0.625].entries()) expect(probabilities[c]).toBeCloseTo(p, 6);
  });

  it('weighs by how sure a row is, where a majority does not', () => {
    const rows = [0.6, 0.4, 0, 0.6, 0.4, 0, 0.01, 0.99, 0];
    expect(joint(meanLogProbability(classCount), rows).predicted).toBe(1);
    expect(joint(majorityVote(classCount), rows).predicted).toBe(0);
  });

  it('survives thousands of impossible classes, each 1e-7 and no less', () => {
    const rows = Array.from({ length: 5000 }, () => [1, 0, 0]).flat();
    const { predicted, probabilities } = joint(meanLogProbability(classCount), rows);
    expect(predicted).toBe(0);
    expect(probabilities[1]).toBeCloseTo(1e-7, 12);
    // One row of no chance does not decide against hundreds.
    expect(joint(meanLogProbability(classCount), [0, 1, 0, ...Array.from({ length: 100 }, () => [0.9, 0.1, 0]).flat()]).predicted).toBe(0); // prettier-ignore
  });

  it('takes the first of classes as likely', () => {
    expect(joint(meanLogProbability(classCount), [0.2, 0.4, 0.4]).predicted).toBe(1);
  });

  it('names the class of a probability that is none', () => {
    for (const wrong of [NaN, Infinity]) {
      expect(() => joint(meanLogProbability(classCount), [0.5, wrong, 0.5])).toThrow(
        new RangeError('probabilities: expected finite numbers, got others for class 1'),
      );
    }
  });
});

describe('majorityVote', () => {
  it('counts for each class the rows that hold it for the likeliest, the first of a tie', () => {
    const rows = [0.5, 0.5, 0, 0.1, 0.2, 0.7, 0.3, 0.3, 0.4, 0.8, 0.1, 0.1];
    const { predicted, probabilities } = joint(majorityVote(classCount), rows);
    expect(predicted).toBe(0);
    expect([...probabilities]).toEqual([0.5, 0, 0.5]);
  });

  it('names the class of a probability that is none', () => {
    expect(() => joint(majorityVote(classCount), [0.5, 0.5, NaN])).toThrow(
      new RangeError('probabilities: expected finite numbers, got others for class 2'),
    );
  });
});

describe.each([
  ['meanLogProbability', meanLogProbability],
  ['majorityVote', majorityVote],
])('%s', (_name, start) => {
  it('gives the same bytes however rows are split, and knows nothing of the sets before', () => {
    const rows = randomRows(100, 8);
    const whole = joint(start(classCount), rows);
    const prediction = start(classCount);
    joint(prediction, randomRows(17, 9));
    for (const at of [1, 31, 33, 99]) {
      expect(joint(prediction, rows.subarray(0, 3 * at), rows.subarray(3 * at))).toEqual(whole);
    }
  });
});
