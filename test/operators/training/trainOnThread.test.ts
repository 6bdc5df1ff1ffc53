import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MetricRow } from '#dist/arrow/schemas.js';
import { type CheckpointStore, checkpointsBeside } from '#dist/io/checkpoints.js';
import { trainModel, type TrainingRequest } from '#dist/learning/trainModel.js';
import { detachedContext } from '#dist/operators/frame/context.js';
import { trainOnThread } from '#dist/operators/training/trainOnThread.js';
import { blobs } from '../../learning/blobs.js';
import { curve } from '../../learning/curve.js';
import { ofAutoencoders, ofClassifiers } from '../../learning/trainings.js';
import { temporaryFolder } from '../../support/smallMnist.js';

const classifier = (options: object = {}): TrainingRequest => ({
  model: 'classifier',
  data: { ...blobs(120, 3), featureCount: 4 },
  options: { ...ofClassifiers, layers: [8], classCount: 3, batchSize: 16, epochs: 5, learningRate: 0.02, ...options },
});
const autoencoder = (options: object = {}): TrainingRequest => ({
  model: 'autoencoder',
  data: { features: curve(120), featureCount: 6 },
  options: { ...ofAutoencoders, components: 2, hiddenMultiplier: 2, batchSize: 32, epochs: 5, ...options },
});
const endless = { epochs: 100_000 };

/** Threads of this process that were started since the last test and have not ended. */
let threads = 0;
const count = (worker: Worker): void => {
  threads++;
  worker.once('exit', () => threads--);
};
beforeAll(() => void process.on('worker', count));
afterAll(() => void process.off('worker', count));
beforeEach(() => {
  threads = 0;
});

describe('trainOnThread', () => {
  it.each([
    ['a classifier', classifier],
    ['an autoencoder', autoencoder],
  ])('gives the same bytes as %s trained on this thread, and ends its own', async (_, request) => {
    const metrics: MetricRow[] = [];
    const training = trainOnThread(request(), detachedContext({ emitMetric: (metric) => metrics.push(metric) }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(threads).toBe(1);
    const files = await training;
    expect(threads).toBe(0);
    const onThisThread = await trainModel(request(), {});
    expect(files).toEqual(onThisThread.files);
    expect(metrics.at(-1)).toEqual({ metric: 'bestEpoch', value: onThisThread.bestEpoch });
  });

  it('takes the arrays away instead of copying them', async () => {
    const request = classifier();
    await trainOnThread(request, detachedContext());
    expect(request.data.features.byteLength).toBe(0);
  });

  it('works on a worker thread too', async () => {
    const { pathname } = new URL('../../../dist/operators/training/trainOnThread.js', import.meta.url);
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(${JSON.stringify(pathname)}).then(async ({ trainOnThread }) => {
        const context = { signal: new AbortController().signal, emitMetric: () => {}, reportProgress: () => {} };
        parentPort.postMessage(await trainOnThread(workerData, context));
      });`;
    const worker = new Worker(script, { eval: true, execArgv: [], workerData: classifier() });
    const [files] = (await once(worker, 'message')) as [unknown];
    expect(files).toEqual(await trainOnThread(classifier(), detachedContext()));
    await worker.terminate();
  });

  it('stops with the reason of the signal, in the midst of training, and ends its thread', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let told = 0;
    const reportProgress = (): void => {
      told++;
      controller.abort(reason);
    };
    const context = detachedContext({ signal: controller.signal, reportProgress });
    await expect(trainOnThread(classifier(endless), context)).rejects.toBe(reason);
    expect([told, threads]).toEqual([1, 0]);
  });

  it('starts nothing for a signal that is aborted already', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    const request = classifier();
    await expect(trainOnThread(request, detachedContext({ signal }))).rejects.toBe(signal.reason);
    expect(request.data.features.byteLength).toBeGreaterThan(0);
  });

  it('stops with what a hook throws', async () => {
    const error = new Error('the hook');
    const emitMetric = (): never => {
      throw error;
    };
    await expect(trainOnThread(classifier(endless), detachedContext({ emitMetric }))).rejects.toBe(error);
    expect(threads).toBe(0);
  });

  it.each([
    [{ classCount: 2 }, 'badData', 'row 2: labels: expected 0 to 1, got 2'],
    [{ learningRate: 1e30 }, 'diverged', 'learningRate: expected one at which training converges, got 1e+30 and '],
  ])('hands on what the training fails with: %j', async (options, code, message) => {
    const training = trainOnThread(classifier(options), detachedContext());
    await expect(training).rejects.toMatchObject({
      name: 'PipelineError',
      code,
      message: expect.stringContaining(message),
    });
    expect(threads).toBe(0);
  });

  it('says so if the thread dies', async () => {
    const context = detachedContext({ reportProgress: () => died() });
    let died = (): void => {};
    const kill = (worker: Worker): void => {
      died = () => void worker.terminate();
    };
    process.once('worker', kill);
    await expect(trainOnThread(classifier(endless), context)).rejects.toMatchObject({
      code: 'workerFailed',
      message: 'a worker thread ended with exit code 1',
    });
  });
});

describe('trainOnThread with a place for states', () => {
  let store: CheckpointStore;
  beforeEach(() => {
    store = checkpointsBeside(join(temporaryFolder(), 'digits'), 0);
  });

  /** Aborts as soon as a state has been kept. */
  async function interrupted(request: TrainingRequest): Promise<void> {
    const controller = new AbortController();
    const reason = new Error('enough');
    const checkpoint = {
      ...store,
      async write(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
        await store.write(files);
        controller.abort(reason);
      },
    };
    const context = detachedContext({ signal: controller.signal, checkpoint });
    await expect(trainOnThread(request, context)).rejects.toBe(reason);
    expect(threads).toBe(0);
  }

  it.each([
    ['a classifier', classifier],
    ['an autoencoder', autoencoder],
  ])('goes on with the state of %s that was interrupted, to the same bytes', async (_, request) => {
    const options = { epochs: 300, schedule: 'oneCycle' };
    await interrupted(request(options));
    const { history } = JSON.parse(new TextDecoder().decode((await store.read())!.get('state.json'))) as {
      history: unknown[];
    };
    expect(history.length).toBeGreaterThanOrEqual(1);
    expect(history.length).toBeLessThan(300);
    const seen: Record<'whole' | 'resumed', MetricRow[]> = { whole: [], resumed: [] };
    let firstStep: number | undefined;
    const resumed = await trainOnThread(
      request(options),
      detachedContext({
        checkpoint: store,
        emitMetric: (metric) => seen.resumed.push(metric),
        reportProgress: (done) => void (firstStep ??= done),
      }),
    );
    const emitMetric = (metric: MetricRow): void => void seen.whole.push(metric);
    expect(resumed).toEqual(await trainOnThread(request(options), detachedContext({ emitMetric })));
    expect(seen.resumed).toEqual(seen.whole);
    expect(firstStep).toBeGreaterThan(history.length);
  });

  it('stops if a state cannot be kept', async () => {
    const error = new Error('disk full');
    const checkpoint = { ...store, write: () => Promise.reject(error) };
    await expect(trainOnThread(classifier(endless), detachedContext({ checkpoint }))).rejects.toBe(error);
    expect(threads).toBe(0);
  });

  it('keeps no state of a training that diverged, not even the one that is being written then', async () => {
    let written = 0;
    const checkpoint = {
      ...store,
      async write(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
        written++;
        await new Promise((resolve) => setTimeout(resolve, 200));
        await store.write(files);
      },
    };
    // One step an epoch: the first ends in weights of 1e20, whose loss is that of the second.
    const diverging = autoencoder({ learningRate: 1e20, batchSize: 120, validationSplit: 0 });
    await expect(trainOnThread(diverging, detachedContext({ checkpoint }))).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringContaining(' at step 1 of epoch 2 (last finite loss '),
    });
    expect(written).toBe(1);
    expect(await store.read()).toBeUndefined();
  });
});
