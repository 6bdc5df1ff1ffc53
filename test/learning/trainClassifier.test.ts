import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import { useEngine } from './engine.js';
import { mostProbable } from '#dist/learning/metrics.js';
import { loadClassifier } from '#dist/learning/modelFiles.js';
import type { EpochReport } from '#dist/learning/bestEpoch.js';
import { trainClassifier } from './trainings.js';
import { blobs } from './blobs.js';

const classCount = 8;
const small = { layers: [24, 24], classCount, batchSize: 32, epochs: 4, learningRate: 0.01, seed: 5 };
const { features, labels } = blobs(500, classCount);

beforeAll(() => useEngine('wasm'));

describe('trainClassifier', () => {
  it('learns classes that can be told apart, and tells them apart on rows it has not seen', async () => {
    const reports: EpochReport[] = [];
    const { files, history } = await trainClassifier(
      features,
      labels,
      { ...small, schedule: 'oneCycle', epochs: 15 },
      {
        onEpoch: (report) => reports.push(report),
      },
    );
    expect(history).toEqual(reports);
    expect(reports.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    const [first, last] = [reports[0]!, reports.at(-1)!];
    expect(last.loss).toBeLessThan(first.loss / 4);
    expect(last.learningRate).toBeLessThan(0.001);
    // The clouds lie apart by a tenth of their width, so that all but a few rows can be told.
    expect(last.validationAccuracy).toBeGreaterThan(0.98);
    const fresh = blobs(400, classCount, 99);
    const predicted = mostProbable(loadClassifier(files).predict(fresh.features), classCount);
    expect(predicted.filter((c, row) => c === fresh.labels[row]).length / 400).toBeGreaterThan(0.98);
  });

  it('gives the same bytes for the same seed, also while another training runs, and others for another seed', async () => {
    const seeds = [5, 5, 6];
    const files = await Promise.all(
      seeds.map(async (seed) => {
        const trained = await trainClassifier(features, labels, { ...small, seed });
        return { weights: trained.files.get('weights.bin'), history: trained.history };
      }),
    );
    expect(files[0]).toEqual(files[1]);
    expect(files[0]!.weights).not.toEqual(files[2]!.weights);
  });

  it('leaves data unchanged and nothing behind in the engine', async () => {
    const before = [features.slice(), labels.slice(), tf.memory()];
    await trainClassifier(features, labels, small);
    expect([features, labels, tf.memory()]).toEqual(before);
  });

  it('stops between steps with the reason of the signal, and leaves nothing behind', async () => {
    const before = tf.memory();
    const controller = new AbortController();
    const reason = new Error('enough');
    let last = 0;
    const training = trainClassifier(
      features,
      labels,
      { ...small, epochs: 1000 },
      {
        signal: controller.signal,
        onProgress: (steps) => {
          last = steps;
          if (steps === 20) controller.abort(reason);
        },
      },
    );
    await expect(training).rejects.toBe(reason);
    expect(last).toBe(20);
    expect(tf.memory()).toEqual(before);
  });

  it('does not start for a signal that is aborted already', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(trainClassifier(features, labels, small, { signal })).rejects.toBe(signal.reason);
  });

  it('lets timers have their turn', async () => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error('timer')), 20);
    // Some seconds of work, and nothing but training steps in it.
    const options = { ...small, epochs: 400, validationSplit: 0 };
    const training = trainClassifier(features, labels, options, { signal: controller.signal });
    await expect(training).rejects.toThrow('timer');
    clearTimeout(timer);
  });

  it('reports every step of all there will be, the last of an epoch being smaller', async () => {
    const progress: number[][] = [];
    await trainClassifier(
      features,
      labels,
      { ...small, epochs: 2 },
      {
        onProgress: (...counts) => progress.push(counts),
      },
    );
    // 400 rows to train on are 12 batches of 32 and one of 16.
    expect(progress).toEqual(Array.from({ length: 26 }, (_, i) => [i + 1, 26]));
  });

  it('trains on all rows without validation', async () => {
    const { history } = await trainClassifier(features, labels, {
      ...small,
      epochs: 1,
      validationSplit: 0,
    });
    expect(history).toMatchObject([{ validationLoss: undefined, validationAccuracy: undefined }]);
  });

  it('says so when the loss diverges, with the last loss that was finite, and leaves nothing behind', async () => {
    const before = tf.memory();
    const training = trainClassifier(
      features.map((x) => x * 1e18),
      labels,
      { ...small, learningRate: 1e30 },
    );
    const failure = await training.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PipelineError);
    expect(failure).toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(
        /^learningRate: expected one at which training converges, got 1e\+30 and loss (NaN|Infinity) at step 2 of epoch 1 \(last finite loss [\d.e+]+\)$/,
      ),
    });
    expect(tf.memory()).toEqual(before);
  });

  it.each([
    [features, labels, { classCount: 4 }, 'row 4: labels: expected 0 to 3, got 4'],
    [features.with(9, NaN), labels, small, 'row 2: column 1: expected a finite number, got NaN'],
    [features.subarray(0, 8), labels.subarray(0, 2), small, 'validationSplit: expected both parts to have rows'],
  ])('rejects bad arguments (%#)', async (x, y, options, message) => {
    await expect(trainClassifier(x, y, options)).rejects.toThrow(RangeError);
    await expect(trainClassifier(x, y, options)).rejects.toThrow(message);
  });
});
