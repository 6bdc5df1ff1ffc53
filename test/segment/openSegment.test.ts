import type { RecordBatch } from 'apache-arrow';
import { from, lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { recycle, SpareBuffers } from '#dist/arrow/recycling.js';
import { detachedContext } from '#dist/operators/frame/context.js';
import { loadOperator } from '#dist/operators/loadOperator.js';
import { fitRobustRescale, robustRescaleStep } from '#dist/operators/robustRescale.js';
import { soap, soapStep } from '#dist/operators/soap.js';
import { openSegment } from '#dist/segment/openSegment.js';
import type { StepWatch } from '#dist/segment/stepHooks.js';
import { cloudBatch, split } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

/** Remembers which buffers it gave. */
class SeenSpares extends SpareBuffers {
  readonly seen = new Set<ArrayBuffer>();

  override take(bytes: number): ArrayBuffer {
    const buffer = super.take(bytes);
    this.seen.add(buffer);
    return buffer;
  }
}

it('lends the same memory again and again, also where a later step hands on views of it', async () => {
  const clouds = cloudBatch(Array.from({ length: 8 }, () => 5));
  const options = { rCut: 5, nMax: 2, lMax: 1, sigma: 1 };
  const fitted = await lastValueFrom(from([clouds]).pipe(soap(options), fitRobustRescale()));
  const steps = [
    { id: 'soap', operator: 'soap', options: soapStep.options.parse(options) },
    { id: 'robustRescale', operator: 'robustRescale', options: {}, artifact: 'scaler' },
    { id: 'select', operator: 'select', options: { columns: ['image', 'soap'] } },
  ];
  const spares = steps.map(() => new SeenSpares());
  const artifact = {
    description: { ...fitted.artifact },
    files: await robustRescaleStep.save(fitted.model),
  };
  const segment = await openSegment({ pipeline: 'p', steps }, clouds.schema, {
    operator: loadOperator,
    artifact: () => Promise.resolve(artifact),
    context: (step) => detachedContext({ spares: spares[step]! }),
  });
  const rowsOf = async (batches: readonly RecordBatch[]): Promise<unknown[]> => {
    const rows: unknown[] = [];
    const watches = steps.map((): StepWatch => ({
      batchesIn: 0,
      batchesOut: 0,
      rowsIn: 0,
      rowsOut: 0,
      measure: (work) => work(),
    }));
    for await (const batch of segment.run(inTurn(batches), watches, new AbortController().signal)) {
      rows.push(...plainRows([batch]));
      recycle(batch);
    }
    return rows;
  };
  const rows = await rowsOf(split(clouds, 1));
  expect(spares.map(({ seen }) => seen.size)).toEqual([1, 1, 0]);
  expect(rows).toEqual(await rowsOf([clouds]));
});

async function* inTurn<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
