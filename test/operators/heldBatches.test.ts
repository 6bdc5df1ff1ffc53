import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RecordBatch } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { decodeBatches } from '#dist/arrow/ipc.js';
import { through } from '#dist/flow/through.js';
import { arrowSink } from '#dist/io/arrowSink.js';
import { writeBatches } from '#dist/io/open.js';
import { parquetSink } from '#dist/io/parquetSink.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { reservoirSample } from '#dist/operators/reservoirSample.js';
import { soap } from '#dist/operators/soap.js';
import { collect, temporaryContext, unaborted } from '../io/samples.js';
import { cloudBatch, split } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

const clouds = split(cloudBatch([4, 3, 6, 2]), 1, 2, 3);
const options = { rCut: 5, nMax: 2, lMax: 1, sigma: 1 } as const;
const all = async (batches: readonly RecordBatch[], operator = soap(options)): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(operator, toArray()));
const streamOf = (batches: readonly RecordBatch[]): AsyncGenerator<RecordBatch> => through(batches, (same) => same);

it('a program keeps its batches, whatever sinks and operators it gives them to', async () => {
  const { directory } = await temporaryContext();
  const expected = plainRows(await all(clouds));
  const describe = soap(options);
  const held = await all(clouds, describe);
  await writeBatches(arrowSink, { path: join(directory, 'a.arrow') }, streamOf(held));
  await writeBatches(parquetSink, { path: join(directory, 'a.parquet') }, streamOf(held));
  await collect(through(held, reservoirSample({ size: 3 })));
  await all(clouds, describe); // would take the memory if it came back
  expect(plainRows(held)).toEqual(expected);
});

it('a program may hand one stream to several sinks as it goes', async () => {
  const context = await temporaryContext();
  const expected = plainRows(await all(clouds));
  const { schema } = (await all(clouds))[0]!;
  const sinks = [
    await parquetSink.open(parquetSink.options.parse({ path: 'a.parquet' }), context, schema),
    await arrowSink.open(arrowSink.options.parse({ path: 'a.arrow' }), context, schema),
  ];
  for await (const batch of through(clouds, soap(options))) for (const sink of sinks) await sink.write(batch);
  for (const sink of sinks) await sink.close();
  const written = await parquetSource.open(parquetSource.options.parse({ path: 'a.parquet' }), context);
  expect(plainRows(await collect(written.batches(unaborted())))).toEqual(expected);
  expect(plainRows(decodeBatches(await readFile(join(context.directory, 'a.arrow'))))).toEqual(expected);
});
