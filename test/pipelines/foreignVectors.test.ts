import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { arrowSource } from '#dist/io/arrowSource.js';
import { openSource } from '#dist/io/open.js';
import { fitRobustRescale, robustRescale } from '#dist/operators/robustRescale.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { arrowRows, foreignFile } from '../io/foreignFiles.js';
import { collect, unaborted } from '../io/samples.js';
import { plainRows } from '../support/plainRows.js';
import { temporaryFolder } from '../support/smallMnist.js';

/** The rows i, i², −i of test/data/files.py, scaled by their medians and quartiles. */
const scaledRows = Array.from({ length: 8 }, (_, i) => [(i - 3.5) / 3.5, (i * i - 12.5) / 24.5, (3.5 - i) / 3.5]);

const planOn = (folder: string, source: string, steps: string): ReturnType<typeof planOf> =>
  planOf(
    `pipelines:
  own:
    source: ${source}
    steps: [${steps}]
    sinks:
      - arrow: { path: '\${out}/a.arrow' }
`,
    join(folder, 'p.yaml'),
    { outDirectory: folder },
  );

/** What arrives in the sink, or the problems that the plan has. */
async function rowsOf(source: string, steps: string): Promise<Record<string, unknown>[]> {
  const folder = temporaryFolder();
  const { plan, diagnostics } = await planOn(folder, source, steps);
  expect(diagnostics.sorted()).toEqual([]);
  await runPlan(plan!, { pipelines: ['own'] });
  return arrowRows(join(folder, 'a.arrow'));
}

describe('lists of one length, whose type does not tell it,', () => {
  it.each([
    `parquet: { path: ${foreignFile('vectors.parquet')} }`,
    `arrow: { path: ${foreignFile('vectors.arrows')} }`,
  ])('are vectors to a pipeline that fits on %s', async (source) => {
    const rows = await rowsOf(`{ ${source} }`, 'robustRescale: { fit: scaler, features: soap }');
    expect(rows.map(({ soap }) => soap)).toEqual(
      scaledRows.map((row) => row.map((value) => expect.closeTo(value, 6) as number)),
    );
  });

  it('are images where lists are in lists', async () => {
    const rows = await rowsOf(`{ arrow: { path: ${foreignFile('vectors.arrows')} } }`, 'flattenPixels');
    expect(rows[7]).toMatchObject({
      intensities: [7, 1, 2, 3, 4, 5].map((value) => expect.closeTo(value / 255, 6) as number),
    });
  });

  it('are vectors to the operators, which look at the first row', async () => {
    const source = await openSource(arrowSource, { path: foreignFile('vectors.arrows') });
    const read: RecordBatch[] = await collect(source.batches(unaborted()));
    const fitted = await lastValueFrom(from(read).pipe(fitRobustRescale({ features: 'soap' })));
    const rows = plainRows(await lastValueFrom(from(read).pipe(robustRescale(fitted), toArray())));
    expect(rows.map(({ soap }) => soap)).toEqual(scaledRows);
  });

  it('are refused with the row that has another length', async () => {
    const folder = temporaryFolder();
    const source = `{ parquet: { path: ${foreignFile('ragged.parquet')} } }`;
    const { plan } = await planOn(folder, source, 'robustRescale: { fit: scaler, features: soap }');
    await expect(runPlan(plan!, { pipelines: ['own'] })).rejects.toMatchObject({
      code: 'badData',
      message:
        'own › robustRescale, batch 0, row 1: column soap: expected fixed_size_list<float32 or float64, any length>, found a list of 2, not of 3',
    });
  });
});
