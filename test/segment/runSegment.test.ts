import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recordBatch } from '#dist/arrow/columns.js';
import { PipelineError } from '#dist/errors.js';
import { batchOperator } from '#dist/operators/frame/batchOperator.js';
import { defineOperator } from '#dist/operators/frame/defineOperator.js';
import { runSegment, type SegmentInput, type SegmentSettings } from '#dist/segment/runSegment.js';
import { descriptorBatch, imageBatch, split } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';
import { collect, countedSource } from '../support/pulls.js';

const images = split(imageBatch(6), 2);
const run = (steps: SegmentInput[], settings?: SegmentSettings, batches = images) =>
  collect(runSegment(steps, batches, settings));

describe('runSegment', () => {
  it('runs steps one after the other, with defaults for what is left out', async () => {
    const rows = plainRows(
      await run([
        { operator: 'imageToXyz' },
        { operator: 'soap', options: { rCut: 5, nMax: 2, lMax: 1, sigma: 1 } },
        { operator: 'select', options: { columns: ['image', 'soap'] } },
      ]),
    );
    expect(rows.length).toBeGreaterThan(6);
    expect(Object.keys(rows[0]!)).toEqual(['image', 'soap']);
    expect(rows[0]!.soap).toHaveLength(6);
  });

  it('completes on an empty stream, and hands on everything where there are no steps', async () => {
    expect(await run([{ operator: 'imageToXyz' }], {}, [])).toEqual([]);
    expect(plainRows(await run([]))).toEqual(plainRows(images));
  });

  it('runs operators of one’s own', async () => {
    const own = defineOperator({
      name: 'firstRow',
      summary: 'The first row of each batch.',
      example: '- firstRow',
      options: z.strictObject({}),
      reads: () => [],
      outputSchema: (input) => input,
      create: () =>
        batchOperator('firstRow', [], (schema) => ({
          *next(batch) {
            yield recordBatch(schema, 1, batch.slice(0, 1).data.children);
          },
        })),
    });
    const rows = plainRows(await run([{ operator: 'firstRow' }], { operators: [own] }));
    expect(rows.map(({ image }) => image)).toEqual([0, 2, 4]);
  });

  it('pulls a batch when a row of it is asked for, and stops its source when the reader leaves', async () => {
    const source = countedSource(images);
    const rows = runSegment([{ operator: 'imageToXyz' }], source);
    await rows.next();
    expect(source.pulled).toBeLessThanOrEqual(2);
    await rows.return();
    expect(source.closed).toBe(1);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const rows = runSegment([{ operator: 'imageToXyz' }], images, { signal: controller.signal });
    await rows.next();
    controller.abort(new Error('enough'));
    await expect(rows.next()).rejects.toThrow('enough');
  });

  it.each([
    ['badOption', /^nothing: unknown operator, expected one of decodeMnist, /, [{ operator: 'nothing' }]],
    [
      'badOption',
      /^soap\.rCut: expected a number > 0.*got -1$/,
      [{ operator: 'soap', options: { rCut: -1, nMax: 2, lMax: 1, sigma: 1 } }],
    ],
    ['badOption', /^classify: expected an artifact to apply: a segment cannot fit$/, [{ operator: 'classify' }]],
    [
      'missingInput',
      /^segment › classify: artifact model: expected one of those that are given \(none\)$/,
      [{ operator: 'classify', artifact: 'model' }],
    ],
    [
      'badSchema',
      /^segment › soap: column points: expected /,
      [{ operator: 'soap', options: { rCut: 5, nMax: 2, lMax: 1, sigma: 1 } }],
    ],
  ])('says %s: %s', async (code, message, steps) => {
    const source = countedSource([descriptorBatch([2, 1])]);
    await expect(collect(runSegment(steps, source))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(source.closed).toBe(Math.min(source.pulled, 1)); // a generator that was not begun has nothing to close
  });

  it('names the step and the batch of a failure', async () => {
    const other = recordBatch(images[0]!.schema, 2, images[1]!.data.children);
    const wide = imageBatch(2, { width: 9 });
    await expect(run([{ operator: 'imageToXyz' }], {}, [images[0]!, other, wide])).rejects.toMatchObject({
      place: { pipeline: 'segment', step: 'imageToXyz', batch: 2 },
    });
  });

  it('gives rows that fail to takeLetters, with their steps, and the others on', async () => {
    const steps: SegmentInput[] = [{ operator: 'picky' }, { operator: 'picky', onError: 'deadLetter' }];
    const letters: object[] = [];
    let isFirst = true;
    const picky = defineOperator({
      name: 'picky',
      summary: 'Fails at images that are odd.',
      example: '- picky',
      options: z.strictObject({}),
      independent: true,
      reads: () => [],
      outputSchema: (input) => input,
      create: () => {
        const fails = !isFirst;
        isFirst = false;
        return batchOperator('picky', [], () => ({
          *next(batch) {
            for (const [row, { image }] of plainRows([batch]).entries()) {
              if (fails && Number(image) % 2 === 1) throw new PipelineError('badData', 'it is odd', { place: { row } });
            }
            yield batch;
          },
        }));
      },
    });
    const rows = plainRows(
      await run(steps, { operators: [picky], takeLetters: (found) => void letters.push(...found) }),
    );
    expect(rows.map(({ image }) => image)).toEqual([0, 2, 4]);
    expect(letters).toMatchObject(
      [1, 3, 5].map((image, batch) => ({
        step: 'picky (2)',
        batch,
        row: 1,
        image,
        code: 'badData',
        message: 'it is odd',
      })),
    );
  });

  it('refuses onError without takeLetters, and for a step that needs all batches', async () => {
    const [letters] = [{ takeLetters: () => {} }];
    await expect(run([{ operator: 'imageToXyz', onError: 'deadLetter' }])).rejects.toMatchObject({
      code: 'badOption',
      message: 'imageToXyz: expected takeLetters, since rows may fail',
    });
    const sample: SegmentInput = { operator: 'reservoirSample', options: { size: 3 }, onError: 'deadLetter' };
    await expect(run([sample], letters)).rejects.toMatchObject({
      code: 'badOption',
      message: 'reservoirSample: needs the batches before it, so that it cannot go on without some rows',
    });
  });
});
