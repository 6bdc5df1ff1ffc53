import type { RecordBatch } from 'apache-arrow';
import { tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { column, flatValues } from '#dist/arrow/columns.js';
import { PipelineError, ValueError } from '#dist/errors.js';
import { REST } from '#dist/flow/pass.js';
import { batchOperator } from '#dist/operators/frame/batchOperator.js';
import { detachedContext } from '#dist/operators/frame/context.js';
import { counter } from '#dist/operators/frame/counter.js';
import { defineOperator } from '#dist/operators/frame/defineOperator.js';
import type { OperatorDefinition } from '#dist/operators/frame/definition.js';
import type { Tally } from '#dist/operators/frame/tally.js';
import type { DeadLetter } from '#dist/segment/deadLetter.js';
import { openSegment } from '#dist/segment/openSegment.js';
import { imageBatch, split } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';
import { collect } from '../support/pulls.js';

const imagesOf = (batch: RecordBatch): number[] => [...(flatValues(column(batch, 'image')) as Uint32Array)];

/** What an operator does to the images of a batch before it hands them on. */
type Check = (images: number[]) => void;

function checking(check: Check, tally?: () => Tally): OperatorDefinition {
  return defineOperator({
    name: 'checking',
    summary: 'Hands on what passes.',
    example: '- checking',
    options: z.strictObject({}),
    independent: true,
    reads: () => [],
    outputSchema: (input) => input,
    ...(tally && { tally }),
    create: (_options, context) =>
      batchOperator('checking', [], () => {
        const counted = counter(tally?.() ?? sum(), context);
        return {
          *next(batch) {
            counted.add(batch.numRows);
            yield REST;
            yield batch;
            check(imagesOf(batch));
          },
          *complete() {
            counted.finish();
          },
        };
      }),
  });
}

function sum(): Tally {
  let total = 0;
  return {
    add: (part) => (total += part as number),
    metrics: () => [{ metric: 'rows', value: total }],
  };
}

interface Outcome {
  readonly images: number[][];
  readonly letters: DeadLetter[];
  readonly metrics: unknown[];
}

async function run(definition: OperatorDefinition, batches: readonly RecordBatch[]): Promise<Outcome> {
  const letters: DeadLetter[] = [];
  const metrics: unknown[] = [];
  const step = { id: 'check', operator: 'checking', options: {}, onError: 'deadLetter' } as const;
  const segment = await openSegment({ pipeline: 'p', steps: [step] }, batches[0]!.schema, {
    operator: () => Promise.resolve(definition),
    artifact: () => Promise.reject(new Error('none')),
    context: () => detachedContext({ emitMetric: (metric) => metrics.push(metric) }),
  });
  const watch = { batchesIn: 0, batchesOut: 0, rowsIn: 0, rowsOut: 0, measure: (work: () => void): void => work() };
  const { signal } = new AbortController();
  async function* stream(): AsyncGenerator<RecordBatch> {
    yield* batches;
  }
  const given = segment.run(stream(), [watch], signal, (_step, found) => void letters.push(...found));
  return { images: (await collect(given)).map(imagesOf), letters, metrics };
}

const isBad = (image: number): boolean => [3, 4, 8, 15].includes(image);
const bad = (row: number): never => {
  throw new ValueError({ row }, 'expected a good row');
};

/** Ways to fail on bad rows, with what the errors name. */
const checks: [how: string, check: Check][] = [
  ['naming the first', (images) => void (images.some(isBad) && bad(images.findIndex(isBad)))],
  ['naming the last', (images) => void (images.some(isBad) && bad(images.findLastIndex(isBad)))],
  ['naming a good row', (images) => void (images.some(isBad) && bad(0))],
  ['naming a row that there is not', (images) => void (images.some(isBad) && bad(99))],
  [
    'naming none',
    (images) => {
      if (images.some(isBad)) throw new RangeError('expected a good row');
    },
  ],
];

describe('a step with onError: deadLetter', () => {
  it.each(checks)('leaves out the rows that fail, %s, and keeps the order of the others', async (_how, check) => {
    const { images, letters } = await run(checking(check), split(imageBatch(20), 7));
    expect(images).toEqual([
      [0, 1, 2, 5, 6],
      [7, 9, 10, 11, 12, 13],
      [14, 16, 17, 18, 19],
    ]);
    expect(letters.map(({ batch, row, image }) => [batch, row, image])).toEqual([
      [0, 3, 3],
      [0, 4, 4],
      [1, 1, 8],
      [2, 1, 15],
    ]);
  });

  it('tells why a row failed, and the row as it was', async () => {
    const batch = imageBatch(2, { height: 1, width: 2 });
    const { letters } = await run(
      checking((images) => images.includes(1) && bad(images.indexOf(1))),
      [batch],
    );
    expect(letters).toEqual([
      {
        batch: 0,
        row: 1,
        image: 1,
        code: 'badData',
        message: 'expected a good row',
        record: JSON.stringify(plainRows([batch])[1]),
      },
    ]);
  });

  it('emits nothing for a batch of which all rows fail', async () => {
    const { images, letters } = await run(
      checking((rows) => rows.some((image) => image < 4) && bad(0)),
      split(imageBatch(6), 4),
    );
    expect(images).toEqual([[4, 5]]);
    expect(letters.map(({ image }) => image)).toEqual([0, 1, 2, 3]);
  });

  it('works on few batches where errors name rows, and on n log n rows where none do', async () => {
    let rows = 0;
    const counting = (check: Check) =>
      checking((images) => {
        rows += images.length;
        check(images);
      });
    await run(
      counting((images) => images.includes(700) && bad(images.indexOf(700))),
      [imageBatch(1024)],
    );
    expect(rows).toBeLessThan(3.1 * 1024); // once with, once without, once in parts
    rows = 0;
    const all = counting(() => {
      throw new Error('no');
    });
    expect((await run(all, [imageBatch(1024)])).letters).toHaveLength(1024);
    expect(rows).toBe(1024 * 11);
  });

  it('counts only the rows that go on', async () => {
    const { metrics } = await run(checking(checks[0]![1], sum), split(imageBatch(20), 6));
    expect(metrics).toEqual([{ metric: 'rows', value: 16 }]);
  });

  it('serves operators of RxJS, which end with their first error', async () => {
    const definition: OperatorDefinition = {
      ...checking(() => {}),
      create: () => tap<RecordBatch>((batch) => checks[4]![1](imagesOf(batch))),
    };
    const { images, letters } = await run(definition, split(imageBatch(20), 20));
    expect(images).toEqual([[0, 1, 2, 5, 6, 7, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19]]);
    expect(letters).toHaveLength(4);
  });

  it('stops where a batch fails though each of its rows is good, and names the batch', async () => {
    const tooMany: Check = (images) => {
      if (images.length > 4) throw new PipelineError('badData', 'too many rows');
    };
    const failure = run(checking(tooMany), split(imageBatch(10), 4, 6));
    await expect(failure).rejects.toMatchObject({ code: 'badData', message: 'p › check, batch 1: too many rows' });
  });

  it.each([
    ['badSchema', new PipelineError('badSchema', 'no')],
    ['misbehavingOperator', new PipelineError('misbehavingOperator', 'no')],
    ['outputFailed', new PipelineError('outputFailed', 'no')],
    ['internal', new TypeError('no')],
  ])('stops at what is not of rows: %s', async (code, error) => {
    const check: Check = (images) => {
      if (images.includes(5)) throw error;
    };
    await expect(run(checking(check), split(imageBatch(8), 3))).rejects.toMatchObject({
      code,
      message: 'p › check, batch 1: no',
    });
  });
});
