import { join } from 'node:path';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fixedSizeListColumn, recordBatch } from '#dist/arrow/columns.js';
import { featureField } from '#dist/arrow/schemas.js';
import { compressStep } from '#dist/operators/compress.js';
import { fitRobustRescale, robustRescaleStep } from '#dist/operators/robustRescale.js';
import { loadFitted, saveFitted } from '#dist/operators/frame/storedFit.js';
import { Schema } from 'apache-arrow';
import { temporaryFolder } from '../../support/smallMnist.js';

const field = featureField('soap', 'float32', 2);
const rows = recordBatch(new Schema([field]), 3, [fixedSizeListColumn(field.type, Float32Array.of(1, 2, 3, 5, 8, 13))]);

describe('a fitted model on disk', () => {
  it('is loaded as it was saved', async () => {
    const directory = join(temporaryFolder(), 'scaler');
    const fitted = await lastValueFrom(of(rows).pipe(fitRobustRescale()));
    await saveFitted(robustRescaleStep, directory, fitted);
    expect(await loadFitted(robustRescaleStep, directory)).toEqual(fitted);
  });

  it('is refused by another operator', async () => {
    const directory = join(temporaryFolder(), 'scaler');
    await saveFitted(robustRescaleStep, directory, await lastValueFrom(of(rows).pipe(fitRobustRescale())));
    await expect(loadFitted(compressStep, directory)).rejects.toMatchObject({
      code: 'badSchema',
      message: `artifact ${directory}: expected one that compress has fitted, found one of robustRescale`,
    });
  });

  it('is missed by name', async () => {
    const directory = join(temporaryFolder(), 'nothing');
    await expect(loadFitted(robustRescaleStep, directory)).rejects.toMatchObject({
      code: 'missingInput',
      message: `${directory}: no artifact there`,
    });
  });
});
