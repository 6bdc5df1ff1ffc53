import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Field, Float64, Schema } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import { createSpill } from '#dist/io/spill.js';
import { killWhenReady } from './children.js';
import { collect, cut, foreignSchema, modelSchema, rowsOf, sampleBatch, temporaryDirectory } from './samples.js';

const spillPath = async (): Promise<string> => join(await temporaryDirectory(), 'spill');

describe('a spill', () => {
  it.each([
    ['model', modelSchema],
    ['foreign', foreignSchema],
  ])('gives its batches back any number of times, with the %s schema', async (_, schema) => {
    const spill = await createSpill(join(await temporaryDirectory(), 'new/folder/spill'), schema);
    const batch = sampleBatch(schema, 50);
    for (const part of cut(batch, [10, 0, 25])) await spill.append(part);
    for (let pass = 0; pass < 3; pass++) {
      const batches = await collect(spill.replay());
      expect(batches.map(({ numRows }) => numRows)).toEqual([10, 0, 25, 15]);
      expect(rowsOf(batches)).toEqual(rowsOf(batch));
      expect(schemaDifference(schema, batches[0]!.schema)).toBeUndefined();
    }
    expect(spill.rows).toBe(50);
    await spill.dispose();
  });

  it('can be replayed twice at the same time', async () => {
    const spill = await createSpill(await spillPath(), modelSchema);
    await spill.append(sampleBatch(modelSchema, 5));
    const [one, other] = await Promise.all([collect(spill.replay()), collect(spill.replay())]);
    expect(rowsOf(one)).toEqual(rowsOf(other));
  });

  it('may be empty', async () => {
    const spill = await createSpill(await spillPath(), modelSchema);
    expect(await collect(spill.replay())).toEqual([]);
    expect(spill.rows).toBe(0);
  });

  it('deletes its file when it is disposed of, replayed or not', async () => {
    const directory = await temporaryDirectory();
    for (const replayed of [false, true]) {
      const spill = await createSpill(join(directory, 'spill'), modelSchema);
      await spill.append(sampleBatch(modelSchema, 5));
      expect(await readdir(directory)).toHaveLength(1);
      if (replayed) await collect(spill.replay());
      await spill.dispose();
      expect(await readdir(directory)).toEqual([]);
    }
  });

  it('stops a replay when it is aborted', async () => {
    const spill = await createSpill(await spillPath(), modelSchema);
    for (let i = 0; i < 3; i++) await spill.append(sampleBatch(modelSchema, 5));
    const stop = new AbortController();
    const batches = spill.replay(stop.signal);
    await batches.next();
    stop.abort();
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it('takes no more batches once it is replayed', async () => {
    const spill = await createSpill(await spillPath(), modelSchema);
    await collect(spill.replay());
    await expect(spill.append(sampleBatch(modelSchema, 1))).rejects.toThrow(
      'a spill that has ended takes no more batches',
    );
  });

  it('rejects a batch of another schema, naming column, expectation and finding', async () => {
    const spill = await createSpill(await spillPath(), new Schema([new Field('x', new Float64(), false)]));
    const other = new Schema([new Field('x', new Float64(), true)]);
    await expect(spill.append(sampleBatch(other, 1))).rejects.toMatchObject({
      code: 'badSchema',
      message: 'spill: column x: expected without nulls, found nullable',
    });
  });

  it('says why there cannot be one', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, '');
    await expect(createSpill(join(path, 'spill'), modelSchema)).rejects.toMatchObject({
      code: 'outputFailed',
      message: expect.stringMatching(/file\/spill: writing failed: /) as string,
    });
  });

  it('clears up after a process that was killed, and leaves those of living ones', async () => {
    const directory = await temporaryDirectory();
    await killWhenReady(`
      const { createSpill } = await use('io/spill.js');
      const { Schema } = await import('apache-arrow');
      await createSpill(${JSON.stringify(join(directory, 'spill'))}, new Schema([]));
      ready();
    `);
    const [left] = await readdir(directory);
    const [one, other] = [
      await createSpill(join(directory, 'spill'), modelSchema),
      await createSpill(join(directory, 'spill'), modelSchema),
    ];
    const files = await readdir(directory);
    expect(files).toHaveLength(2);
    expect(files).not.toContain(left);
    await Promise.all([one.dispose(), other.dispose()]);
  });
});
