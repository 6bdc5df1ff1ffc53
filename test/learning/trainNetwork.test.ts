import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from './engine.js';
import { bestEpochOf, type EpochReport } from '#dist/learning/bestEpoch.js';
import type { CheckpointFiles } from '#dist/learning/checkpoint.js';
import type { ClassifierOptions as Options } from '#dist/learning/trainingOptions.js';
import { SequentialRandom } from '#dist/learning/random.js';
import { trainClassifier } from './trainings.js';
import type { TrainingHooks } from '#dist/learning/trainNetwork.js';
import { blobs } from './blobs.js';

/** Labels by chance: the network learns them by heart, and its accuracy on other rows goes up and down. */
const { features } = blobs(150, 4);
const random = new SequentialRandom(8, 0);
const labels = Uint8Array.from({ length: 150 }, () => Math.floor(4 * random.uniform()));
const options: Partial<Options> = {
  layers: [12],
  classCount: 4,
  batchSize: 16,
  epochs: 12,
  learningRate: 0.02,
  seed: 3,
};

interface Trained {
  readonly weights: Uint8Array;
  readonly history: readonly EpochReport[];
  readonly bestEpoch: number | undefined;
}

async function train(
  changes: Partial<Options> = {},
  hooks: TrainingHooks = {},
  own: Uint8Array = labels,
): Promise<Trained> {
  const { files, ...outcome } = await trainClassifier(features, own, { ...options, ...changes }, hooks);
  return { weights: files.get('weights.bin')!, ...outcome };
}

beforeAll(() => useEngine('wasm'));

describe('the network that trainNetwork keeps', () => {
  it('is that of the best epoch', async () => {
    const trained = await train();
    expect(trained.bestEpoch).toBe(bestEpochOf(trained.history, 'validationAccuracy'));
    expect(trained.bestEpoch).toBeGreaterThan(1);
    expect(trained.bestEpoch).toBeLessThan(options.epochs!);
    const untilThen = await train({ epochs: trained.bestEpoch!, restoreBest: false });
    expect(trained.weights).toEqual(untilThen.weights);
    expect(trained.history.slice(0, trained.bestEpoch)).toEqual(untilThen.history);
  });

  it('is that of the last epoch if asked for, or if none was validated', async () => {
    const best = await train();
    const last = await train({ restoreBest: false });
    expect(last.history).toEqual(best.history);
    expect(last.bestEpoch).toBe(best.bestEpoch);
    expect(last.weights).not.toEqual(best.weights);
    const blind = await train({ validationSplit: 0 });
    expect(blind.bestEpoch).toBeUndefined();
    expect(blind.weights).toEqual((await train({ validationSplit: 0, restoreBest: false })).weights);
  });
});

describe('patience', () => {
  it('ends a training that many epochs after the best', async () => {
    const whole = await train({ epochs: 60 });
    const patience = 4;
    const stopped = await train({ epochs: 60, patience });
    expect(stopped.history.length).toBe(stopped.bestEpoch! + patience);
    expect(stopped.history.length).toBeLessThan(60);
    expect(stopped.history).toEqual(whole.history.slice(0, stopped.history.length));
  });

  it('has no effect while epochs get better in time', async () => {
    expect(await train({ patience: options.epochs! })).toEqual(await train());
  });
});

describe('a training that goes on from a state', () => {
  const paths: [string, Partial<Options>][] = [
    ['with the best epoch before', { schedule: 'oneCycle', dropout: 0.2 }],
    ['without validation', { schedule: 'cosine', validationSplit: 0 }],
    ['with the last epoch kept', { restoreBest: false }],
    ['that patience ends', { epochs: 60, patience: 4 }],
  ];

  it.each(paths)('ends with the same bytes, %s', async (_, changes) => {
    const states: CheckpointFiles[] = [];
    const keep = (files: CheckpointFiles): Promise<void> => {
      states.push(files);
      return Promise.resolve();
    };
    const whole = await train(changes, { checkpoint: { earlier: undefined, intervalMs: 0, write: keep } });
    expect(whole).toEqual(await train(changes));
    expect(states.length).toBe(whole.history.length);
    for (const done of [1, 5, states.length]) {
      const reports: EpochReport[] = [];
      const steps: number[] = [];
      const resumed = await train(changes, {
        onEpoch: (report) => reports.push(report),
        onProgress: (step) => steps.push(step),
        checkpoint: { earlier: states[done - 1], intervalMs: Infinity, write: keep },
      });
      expect(resumed).toEqual(whole);
      expect(reports).toEqual(whole.history);
      const stepsOfEpoch = Math.ceil((changes.validationSplit === 0 ? 150 : 120) / 16);
      expect(steps).toEqual(
        Array.from({ length: (states.length - done) * stepsOfEpoch }, (_unused, i) => done * stepsOfEpoch + i + 1),
      );
    }
  });

  it('begins anew if data or options are others', async () => {
    const states: CheckpointFiles[] = [];
    const write = (files: CheckpointFiles): Promise<void> => {
      states.push(files);
      return Promise.resolve();
    };
    await train({}, { checkpoint: { earlier: undefined, intervalMs: 0, write } });
    const earlier = states[4];
    const others: [Partial<Options>, Uint8Array][] = [
      [{ learningRate: 0.03 }, labels],
      [{ epochs: 13 }, labels],
      [{}, labels.with(0, (labels[0]! + 1) % 4)],
    ];
    for (const [changes, own] of others) {
      let first: number | undefined;
      const onProgress = (step: number): void => void (first ??= step);
      const resumed = await train(changes, { onProgress, checkpoint: { earlier, intervalMs: Infinity, write } }, own);
      expect(first).toBe(1);
      expect(resumed).toEqual(await train(changes, {}, own));
    }
  });
});
