import type { RecordBatch, Schema } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { fixedSizeListColumn } from '#dist/arrow/columns.js';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import { probabilitiesField } from '#dist/arrow/schemas.js';
import { classifyImagesStep } from '#dist/operators/classifyImages.js';
import { detachedContext } from '#dist/operators/frame/context.js';
import { correlateStep } from '#dist/operators/correlate.js';
import type { StreamDefinition } from '#dist/operators/frame/definition.js';
import { filterStep } from '#dist/operators/filter.js';
import { flattenPixelsStep } from '#dist/operators/flattenPixels.js';
import { poolImagesStep } from '#dist/operators/poolImages.js';
import { transformImageStep } from '#dist/operators/transformImage.js';
import { xyzToImageStep } from '#dist/operators/xyzToImage.js';
import { cloudBatch, descriptorBatch, imageBatch, withColumn, withoutColumn } from '../support/batches.js';

/** What `validate` says will leave, and what leaves. */
async function schemas<Options extends z.ZodObject>(
  definition: StreamDefinition<Options>,
  input: RecordBatch,
  options: z.input<Options>,
): Promise<{ foretold: Schema; found: Schema[] }> {
  const parsed = definition.options.parse(options);
  const operator = definition.create(parsed, detachedContext());
  const output = await lastValueFrom(from([input]).pipe(operator, toArray()));
  return { foretold: definition.outputSchema(input.schema, parsed), found: output.map(({ schema }) => schema) };
}

const field = probabilitiesField(10);
const predictions = withColumn(
  descriptorBatch([3, 4]),
  field,
  fixedSizeListColumn(field.type, new Float32Array(70).fill(0.1)),
);

describe('what an operator says of its output', () => {
  it.each([
    ['transformImage', () => schemas(transformImageStep, imageBatch(3), { rotate: 30 })],
    ['xyzToImage', () => schemas(xyzToImageStep, cloudBatch([3, 0]), { height: 5 })],
    ['flattenPixels', () => schemas(flattenPixelsStep, imageBatch(3), { name: 'gray' })],
    ['poolImages', () => schemas(poolImagesStep, descriptorBatch([3, 4]), { statistics: ['median'] })],
    ['poolImages', () => schemas(poolImagesStep, withoutColumn(descriptorBatch([3, 4]), 'label'), {})],
    ['classifyImages', () => schemas(classifyImagesStep, predictions, {})],
    ['classifyImages', () => schemas(classifyImagesStep, withoutColumn(predictions, 'label'), {})],
    ['correlate', () => schemas(correlateStep, descriptorBatch([3, 4], { precision: 'float64' }), {})],
    ['filter', () => schemas(filterStep, imageBatch(3), { column: 'image', values: [1] })],
  ])('is so: %s', async (_name, both) => {
    const { foretold, found } = await both();
    expect(found).toHaveLength(1);
    expect(schemaDifference(foretold, found[0]!)).toBeUndefined();
  });
});
