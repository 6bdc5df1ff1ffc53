import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues } from '../arrow/columns.js';
import { changeFields, fieldNamed, withColumns } from '../arrow/fields.js';
import { featureField, imageField, labelField } from '../arrow/schemas.js';
import { parseOptions } from '../config/parseOptions.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';
import { grayscale, imageShape } from './images/grayscale.js';
import { newColumn } from './frame/newColumn.js';

const flattenPixelsOptions = z.strictObject({
  name: newColumn([imageField.name, labelField.name])
    .default('intensities')
    .describe('Column of the feature vectors, which replaces the pixels.'),
});

/** I / 255 of each intensity. */
const SHARES = Float32Array.from({ length: 256 }, (_, intensity) => intensity / 255);

/** The options of `flattenPixels`, as docs/operators.md explains them. */
export type FlattenPixelsOptions = z.input<typeof flattenPixelsOptions>;

export const flattenPixelsStep: StreamDefinition<typeof flattenPixelsOptions> = {
  name: 'flattenPixels',
  summary:
    'Makes a feature vector of the pixels of each image, intensities from 0 to 1, e.g. to classify images by them.',
  description: `The vector holds I / 255, row by row from the top, as float32; its metadata holds height and width. It takes the place of \`pixels\`.

Memory: one batch.`,
  example: '- flattenPixels      # then classify: { fit: pixelDigits, features: intensities }',
  options: flattenPixelsOptions,
  independent: true,
  reads: () => [grayscale],
  outputSchema(input, { name }) {
    const { height, width } = imageShape(fieldNamed(input, grayscale.name).type);
    const metadata = new Map([
      ['descriptor', 'pixels'],
      ['height', `${height}`],
      ['width', `${width}`],
    ]);
    return changeFields(input, {
      drop: [grayscale.name],
      add: [featureField(name, 'float32', height * width, metadata)],
    });
  },
  create: (parsed) =>
    batchOperator('flattenPixels', flattenPixelsStep.reads(parsed), (input) => {
      const output = flattenPixelsStep.outputSchema(input, parsed);
      const { name, type } = fieldNamed(output, parsed.name);
      return {
        *next(batch) {
          const pixels = flatValues(column(batch, grayscale.name)) as Uint8Array;
          const features = new Float32Array(pixels.length);
          for (let at = 0; at < pixels.length; at++) features[at] = SHARES[pixels[at]!]!;
          yield withColumns(batch, output, { [name]: fixedSizeListColumn(type, features) });
        },
      };
    }),
};

/**
 * Makes a feature vector of the pixels of each image.
 *
 * Reads:  pixels fixed_size_list<fixed_size_list<uint8, width>, height>
 * Gives:  intensities fixed_size_list<float32, height · width> in place of pixels — I / 255, rows from the top
 * Memory: one batch.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream
 */
export function flattenPixels(options: FlattenPixelsOptions = {}): BatchOperator {
  return flattenPixelsStep.create(parseOptions('flattenPixels', flattenPixelsOptions, options), detachedContext());
}
