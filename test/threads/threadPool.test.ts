import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { from, lastValueFrom, toArray } from 'rxjs';
import type { RecordBatch } from 'apache-arrow';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { MESSAGE_ROOM } from '#dist/arrow/inPlace.js';
import { decodePieces, encodeBatches } from '#dist/arrow/ipc.js';
import { SpareBuffers } from '#dist/arrow/recycling.js';
import { PipelineError } from '#dist/errors.js';
import { type TaskOffer, ThreadPool, UNREAD_BYTES } from '#dist/threads/threadPool.js';
import type { SegmentAnswer } from '#dist/pipelines/segmentWorker.js';
import type { Segment } from '#dist/segment/segment.js';
import { soapStep } from '#dist/operators/soap.js';
import { detachedContext } from '#dist/operators/frame/context.js';
import { Thread } from '#dist/threads/thread.js';
import { column } from '#dist/arrow/columns.js';
import { cloudBatch, split, withoutColumn } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

const url = new URL('../../dist/pipelines/segmentWorker.js', import.meta.url);
const clouds = cloudBatch([4, 0, 6, 2, 5, 1, 3, 2]);
const soapOptions = soapStep.options.parse({ rCut: 5, nMax: 2, lMax: 1, sigma: 1, batchRows: 3 });

type Pool = ThreadPool<SegmentAnswer>;
const pools: Pool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

/** A pool of real threads that run an operator: one of the library, or one of the modules beside this file. */
function poolOf(operator: string, { size = 1, options = {} }: { size?: number; options?: object } = {}): Pool {
  const pool: Pool = new ThreadPool({ url, workerData: segmentOf(operator, options), size });
  pools.push(pool);
  return pool;
}

function segmentOf(operator: string, options: object = {}): Segment {
  const path = operator.endsWith('.mjs') ? fileURLToPath(new URL(`modules/${operator}`, import.meta.url)) : operator;
  return { pipeline: 'clouds', steps: [{ id: 'step', operator: path, options: { ...options } }] };
}

/** Two threads for `soap`, which the tests share: a thread takes half a second to start. */
const soapPool: Pool = new ThreadPool({ url, workerData: segmentOf('soap', soapOptions), size: 2 });
afterAll(() => soapPool.close());

const run = async (pool: Pool, batch: RecordBatch): Promise<RecordBatch[]> =>
  batchesOf(await pool.run(encodeBatches([batch])));

async function batchesOf(results: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for await (const { batch } of decodePieces(results)) batches.push(batch);
  return batches;
}

describe('ThreadPool, of segmentWorker,', () => {
  it('gives what the operator gives on this thread, whatever thread it runs on', async () => {
    const parts = split(clouds, 1, 3);
    const inThread = await lastValueFrom(from(parts).pipe(soapStep.create(soapOptions, detachedContext()), toArray()));
    const results = await Promise.all(parts.map((part) => run(soapPool, part)));
    expect(plainRows(results.flat())).toEqual(plainRows(inThread));
    expect(results.flat().map(({ schema }) => schema.fields)).toEqual(inThread.map(({ schema }) => schema.fields));
  });

  it('gives no bytes where nothing comes out', async () => {
    expect(await run(soapPool, clouds.slice(1, 2))).toEqual([]);
    expect(await batchesOf(await soapPool.run(new Uint8Array(0)))).toEqual([]);
  });

  it('takes the payload away and leaves the batch', async () => {
    const before = plainRows([clouds]);
    const payload = encodeBatches([clouds]);
    const result = soapPool.run(payload);
    expect(payload.byteLength).toBe(0);
    await result;
    expect(plainRows([clouds])).toEqual(before);
  });

  it('puts results into spare buffers that are large enough, and leaves the others', async () => {
    const expected = plainRows(await run(soapPool, clouds));
    const spares = [1, 2 ** 20].map((bytes) => new ArrayBuffer(bytes));
    new Uint8Array(spares[1]!).fill(0xff);
    const found: RecordBatch[] = [];
    const sizes: number[] = [];
    for await (const { batch, piece } of decodePieces(
      await soapPool.run(encodeBatches([clouds]), new SpareBuffers(spares)),
    )) {
      found.push(batch);
      sizes.push(piece.buffer.byteLength);
    }
    expect(plainRows(found)).toEqual(expected);
    expect(sizes[0]).toBe(2 ** 20);
    expect(spares.map(({ byteLength }) => byteLength)).toEqual([0, 0]);
  });

  it('gets descriptors in the memory that the kernel has written them to, with their message around them', async () => {
    const expected = plainRows(await run(soapPool, clouds));
    const pieces: Uint8Array[] = [];
    const found: RecordBatch[] = [];
    for await (const { batch, piece } of decodePieces(await soapPool.run(encodeBatches([clouds])))) {
      pieces.push(piece);
      found.push(batch);
    }
    expect(plainRows(found)).toEqual(expected);
    expect(pieces.length).toBeGreaterThan(0);
    for (const { byteOffset, length, buffer } of pieces) {
      expect(byteOffset).toBeGreaterThan(0); // one that was joined is at the start of its buffer
      expect(byteOffset + length).toBeGreaterThan(MESSAGE_ROOM.before);
      expect(buffer.byteLength).toBeGreaterThanOrEqual(byteOffset + length);
    }
  });

  it('waits where nobody takes its results, and goes on when somebody does', async () => {
    const workerData = segmentOf('large.mjs');
    const taken: (() => void)[] = [];
    const result = (): Promise<readonly ArrayBuffer[]> => new Promise((resolve) => taken.push(() => resolve([])));
    const thread = new Thread<TaskOffer<SegmentAnswer>>(url, { workerData, offered: { result } });
    let ended = false;
    try {
      const running = thread
        .call('run', { payload: encodeBatches([clouds]), unreadBytes: UNREAD_BYTES, shows: [], spares: [] })
        .then(() => (ended = true));
      const inBuffers = UNREAD_BYTES / 2 ** 23;
      await expect.poll(() => taken.length, { timeout: 10_000 }).toBe(inBuffers);
      await sleep(200);
      expect({ results: taken.length, ended }).toEqual({ results: inBuffers, ended: false });
      for (const take of taken.slice(0, 2)) take();
      await expect.poll(() => taken.length).toBe(inBuffers + 2);
      for (const take of taken) take();
      await running;
      expect(taken.length).toBe(12);
    } finally {
      await thread.terminate();
    }
  });

  it('gives all results of a task that waits to be read', async () => {
    const batches = await run(poolOf('large.mjs'), clouds);
    expect(batches.map((batch) => batch.getChild('number')!.get(2 ** 23 - 1))).toEqual([...Array(12).keys()]);
  });

  it('starts no more threads than its size, creates the operator once on each and subscribes for each task', async () => {
    const pool = poolOf('censused.mjs', { size: 2 });
    const tasks = Array.from({ length: 8 }, () => run(pool, clouds));
    const rows = plainRows((await Promise.all(tasks)).flat());
    expect(new Set(rows.map(({ threadId }) => threadId)).size).toBe(2);
    const tasksOf = new Map<unknown, number>();
    for (const { threadId, created, subscribed } of rows) {
      tasksOf.set(threadId, (tasksOf.get(threadId) ?? 0) + 1);
      expect({ created, subscribed }).toEqual({ created: 1, subscribed: tasksOf.get(threadId) });
    }
  });

  it('measures how long its threads have been at work', async () => {
    expect(poolOf('soap').busyMs).toBe(0);
    const before = soapPool.busyMs;
    const start = performance.now();
    await Promise.all(split(clouds, 2).map((part) => run(soapPool, part)));
    expect(soapPool.busyMs).toBeGreaterThan(before);
    expect(soapPool.busyMs - before).toBeLessThanOrEqual(2 * (performance.now() - start));
  });

  it('keeps code, place and message of errors, and goes on', async () => {
    const failed = run(soapPool, withoutColumn(clouds, 'points'));
    await expect(failed).rejects.toBeInstanceOf(PipelineError);
    await expect(failed).rejects.toMatchObject({
      code: 'badSchema',
      detail: 'column points: expected list<fixed_size_list<float64, 3>>, but the stream has only image, label',
      place: { pipeline: 'clouds', step: 'step' },
    });
    expect(await run(soapPool, clouds.slice(0, 1))).toHaveLength(2);
  });

  it('keeps row and image of errors', async () => {
    const broken = cloudBatch([3, 3]);
    column(broken, 'points').children[0]!.children[0]!.values[9] = Infinity;
    await expect(run(soapPool, broken)).rejects.toMatchObject({
      message: expect.stringMatching(
        /, row 1 \(image 1\): points\[0\]: expected a finite coordinate, got Infinity$/,
      ) as string,
      place: { pipeline: 'clouds', step: 'step', row: 1, image: 1 },
    });
  });

  it('says why an operator cannot be loaded or run, for every task', async () => {
    const cases: [Pool, object][] = [
      [poolOf('soup'), { code: 'badConfiguration', detail: 'unknown operator soup' }],
      [
        poolOf('missing.mjs'),
        { code: 'badConfiguration', message: expect.stringMatching(/missing\.mjs: cannot be loaded/) as string },
      ],
      [poolOf('classify'), { code: 'badConfiguration', detail: 'a fit is no step of a segment: only its apply is' }],
    ];
    for (const [pool, error] of cases) {
      await expect(run(pool, clouds)).rejects.toMatchObject(error);
      await expect(run(pool, clouds)).rejects.toMatchObject(error);
    }
  });

  it('catches an operator that works asynchronously', async () => {
    await expect(run(poolOf('asynchronous.mjs'), clouds)).rejects.toMatchObject({
      code: 'misbehavingOperator',
      detail: 'did not complete when its input did: operators must be synchronous',
    });
  });

  it('drops no batch of another schema silently', async () => {
    await expect(run(poolOf('changingSchema.mjs'), clouds)).rejects.toMatchObject({
      code: 'misbehavingOperator',
      detail:
        'its outputSchema and its batches differ: the schema changed within the stream: columns: expected image, label, points, found image',
    });
  });

  it('fails as a whole when a thread ends', async () => {
    const pool = poolOf('exiting.mjs', { size: 2 });
    const error = { code: 'workerFailed', message: 'a worker thread ended with exit code 3' };
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => run(pool, clouds)));
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: error });
    await expect(run(pool, clouds)).rejects.toMatchObject(error);
  });

  it('fails as a whole when something is thrown out of reach', async () => {
    const pool = poolOf('throwingLater.mjs');
    // The first task is answered, since the operator has not completed, or lost with the thread.
    await expect
      .poll(() => run(pool, clouds).catch((error: unknown) => error), { timeout: 10_000 })
      .toMatchObject({
        code: 'workerFailed',
        message: 'a worker thread failed: out of reach',
        cause: expect.objectContaining({ message: 'out of reach' }) as Error,
      });
  });

  it('rejects what has no answer yet when it is closed, and everything from then on', async () => {
    const error = { code: 'interrupted', message: 'the worker pool was closed' };
    const pool = poolOf('soap', { size: 2, options: soapOptions });
    const pending = Promise.allSettled(Array.from({ length: 5 }, () => run(pool, clouds)));
    await pool.close();
    for (const result of await pending) expect(result).toMatchObject({ status: 'rejected', reason: error });
    await expect(run(pool, clouds)).rejects.toMatchObject(error);
    await pool.close();
  });

  it('closes without having started', async () => {
    await expect(poolOf('soap').close()).resolves.toBeUndefined();
  });

  it.each([0, 1.5, Number.NaN])('rejects a size of %d', (size) => {
    expect(() => new ThreadPool({ url, workerData: {}, size })).toThrow(
      new RangeError(`workers: expected an integer ≥ 1, got ${size}`),
    );
  });
});
