import { from, lastValueFrom, of, take, toArray } from 'rxjs';
import { Field, type RecordBatch, Utf8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { exactly } from '#dist/arrow/expectations.js';
import { imageField } from '#dist/arrow/schemas.js';
import { PipelineError } from '#dist/errors.js';
import { REST } from '#dist/flow/pass.js';
import { batchOperator, type BatchTransform } from '#dist/operators/frame/batchOperator.js';
import type { BatchOperator } from '#dist/operators/frame/definition.js';
import { columnOf, imageBatch, split, withColumn } from '../../support/batches.js';

const images = imageBatch(6);
const passing: BatchTransform = {
  *next(batch) {
    yield batch;
  },
};

const run = (batches: readonly RecordBatch[], operator: BatchOperator): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(operator, toArray()));

describe('batchOperator', () => {
  it('starts with the first schema, once a subscription', async () => {
    const starts: string[][] = [];
    const operator = batchOperator('own', [], (schema) => {
      starts.push(schema.fields.map(({ name }) => name));
      return passing;
    });
    await run(split(images, 2), operator);
    expect(starts).toEqual([['image', 'label', 'pixels']]);
    await run(split(images, 2), operator);
    expect(starts).toHaveLength(2);
  });

  it('starts nothing for a stream without batches', async () => {
    const operator = batchOperator('own', [], () => {
      throw new Error('started');
    });
    expect(await run([], operator)).toEqual([]);
  });

  it('takes any number of batches for one, and more at the end', async () => {
    const operator = batchOperator('own', [], () => ({
      *next(batch) {
        for (let i = 0; i < batch.numRows - 1; i++) yield batch;
      },
      *complete() {
        yield images;
        yield images;
      },
    }));
    const [one, three, two] = [images.slice(0, 1), images.slice(0, 3), images.slice(0, 2)];
    const names = new Map([
      [one, 'one'],
      [two, 'two'],
      [three, 'three'],
      [images, 'images'],
    ]);
    const output = await run([one, three, two], operator);
    expect(output.map((batch) => names.get(batch))).toEqual(['three', 'three', 'two', 'images', 'images']);
  });

  it('rests where it is asked to, and nothing comes of it', async () => {
    const operator = batchOperator('own', [], () => ({
      *next(batch) {
        yield REST;
        yield batch;
      },
      *complete() {
        yield REST;
        yield images;
      },
    }));
    expect(await run(split(images, 2), operator)).toHaveLength(4);
  });

  it('computes nothing that nobody takes', async () => {
    const computed: string[] = [];
    const operator = batchOperator('own', [], () => ({
      *next(batch) {
        for (const name of ['first', 'second', 'third']) {
          computed.push(name);
          yield batch;
        }
      },
      *complete() {
        computed.push('completion');
        yield images;
      },
    }));
    await lastValueFrom(of(images, images).pipe(operator, take(2)));
    expect(computed).toEqual(['first', 'second']);
  });

  it('lets go of what a transform holds when nobody listens any more', async () => {
    const released: string[] = [];
    const operator = batchOperator('own', [], () => ({
      *next(batch) {
        try {
          yield batch;
          yield batch;
        } finally {
          released.push('next');
        }
      },
    }));
    await lastValueFrom(of(images, images).pipe(operator, take(1)));
    expect(released).toEqual(['next']);
  });

  it('names operator and batch in what goes wrong, and keeps the cause', async () => {
    const cause = new RangeError('rCut: expected a number > 1, got 0');
    const failing = (where: 'start' | 'next' | 'complete'): BatchOperator =>
      batchOperator('own', [exactly(imageField)], () => {
        const fail = (here: typeof where): void => {
          if (here === where) throw cause;
        };
        fail('start');
        let seen = 0;
        return {
          *next(batch) {
            if (++seen === 2) fail('next');
            yield batch;
          },
          *complete() {
            fail('complete');
          },
        };
      });
    const places = { start: 'own, batch 0: ', next: 'own, batch 1: ', complete: 'own: ' };
    for (const where of ['start', 'next', 'complete'] as const) {
      await expect(run(split(images, 2), failing(where))).rejects.toMatchObject({
        name: 'PipelineError',
        code: 'badData',
        message: `${places[where]}${cause.message}`,
        detail: cause.message,
        cause,
      });
    }
  });

  it('hands on what came before the failure', async () => {
    const operator = batchOperator('own', [], () => ({
      *next(batch) {
        yield batch;
        throw new PipelineError('queueFull', 'too much');
      },
    }));
    const seen: RecordBatch[] = [];
    const done = from([images, images])
      .pipe(operator)
      .forEach((batch) => seen.push(batch));
    await expect(done).rejects.toMatchObject({ code: 'queueFull', message: 'own, batch 0: too much' });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toBe(images);
  });

  it('checks its columns before it starts, and one schema from then on', async () => {
    let started = false;
    const operator = batchOperator('own', [exactly(new Field('name', new Utf8()))], () => {
      started = true;
      return passing;
    });
    await expect(run([images], operator)).rejects.toMatchObject({
      code: 'badSchema',
      message: 'own, batch 0: column name: expected utf8, but the stream has only image, label, pixels',
    });
    expect(started).toBe(false);
    const named = withColumn(images, new Field('name', new Utf8(), true), columnOf(new Utf8(), Array(6).fill('a')));
    const strict = withColumn(images, new Field('name', new Utf8(), false), columnOf(new Utf8(), Array(6).fill('a')));
    await expect(run([named, strict], operator)).rejects.toMatchObject({
      code: 'badSchema',
      message:
        'own, batch 1: the schema changed within the stream: column name: expected nullable, found without nulls',
    });
  });
});
