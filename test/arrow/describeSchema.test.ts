import { Field, FixedSizeList, Float32, Float64, Schema, Uint32, Uint8 } from 'apache-arrow';
import { expect, it } from 'vitest';
import { describeSchema } from '#dist/arrow/describeSchema.js';
import {
  bytesSchema,
  componentField,
  featureField,
  imageField,
  imagesSchema,
  metricsSchema,
  pointCloudsSchema,
  positionField,
  predictedField,
  probabilitiesField,
} from '#dist/arrow/schemas.js';

const soap = featureField('soap', 'float32', 4, new Map([['descriptor', 'soap']]));
const code = featureField('code', 'float32', 2, new Map([...soap.metadata, ['compressed', 'pca']]));
const correlations = featureField('correlation', 'float64', 4, soap.metadata);
const predictions = [imageField, positionField, soap, predictedField, probabilitiesField(10)];
const trial = new Field('trial', new Uint32(), false);

it.each([
  ['bytes', bytesSchema],
  ['images', imagesSchema(28, 28)],
  ['point clouds', pointCloudsSchema],
  ['descriptors', new Schema([imageField, soap])],
  ['codes', new Schema([imageField, code])],
  ['predictions', new Schema(predictions)],
  ['image predictions', new Schema(predictions.filter(({ name }) => name !== 'position'))],
  ['correlations', new Schema([componentField, correlations])],
  ['metrics', metricsSchema],
  ['results', new Schema([trial], new Map([['sweep', '{}']]))],
  // What only resembles one of them is none.
  ['rows', new Schema([trial, ...metricsSchema.fields])],
  ['rows', new Schema([new Field('image', new Uint8(), false), ...predictions.slice(3)])],
  ['rows', new Schema([componentField, new Field('correlation', new Float64(), false)])],
  ['rows', new Schema([new Field('vector', new FixedSizeList(3, new Field('item', new Float32())), false)])],
])('a schema of %s is told as such', (kind, schema) => {
  expect(describeSchema(schema).holds).toBe(kind);
});
