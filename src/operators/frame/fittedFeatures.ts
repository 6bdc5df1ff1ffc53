import { type DataType, DataType as Type, type Schema } from 'apache-arrow';
import { z } from 'zod';
import { type ColumnExpectation, featureVectorOf } from '../../arrow/expectations.js';
import { fieldNamed } from '../../arrow/fields.js';
import { PipelineError } from '../../errors.js';

/** The features that a model was fitted on: what it may be applied to. */
export const fittedFeatures = z.object({
  operator: z.string(),
  features: z.string().describe('Column of the feature vectors.'),
  length: z.int().min(1).describe('Components of a vector.'),
  metadata: z.record(z.string(), z.string()).describe('How the features were made, as their column says it.'),
});
export type FittedFeatures = z.output<typeof fittedFeatures>;

export function describeFeatures(operator: string, input: Schema, features: string): FittedFeatures {
  const field = fieldNamed(input, features);
  return { operator, features, length: vectorLength(field.type), metadata: Object.fromEntries(field.metadata) };
}

/** The column that a model of these features needs. */
export function fittedVector({ features, length }: FittedFeatures): ColumnExpectation {
  return featureVectorOf(features, length);
}

/**
 * Vectors of the right length may still mean something else: other SOAP parameters, not rescaled.
 * @throws PipelineError `badSchema` naming what differs
 */
export function expectSameMaking(input: Schema, { operator, features, metadata }: FittedFeatures): void {
  const found = fieldNamed(input, features).metadata;
  for (const key of new Set([...Object.keys(metadata), ...found.keys()])) {
    if (metadata[key] === found.get(key)) continue;
    const say = (value: string | undefined): string => (value === undefined ? `no ${key}` : `${key} = ${value}`);
    throw new PipelineError(
      'badSchema',
      `column ${features}: ${operator} was fitted on features with ${say(metadata[key])}, this stream has ${say(found.get(key))}`,
    );
  }
}

export function vectorLength(type: DataType): number {
  if (!Type.isFixedSizeList(type)) throw new TypeError('not a feature vector');
  return type.listSize;
}
