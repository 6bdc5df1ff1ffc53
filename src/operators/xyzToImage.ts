import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues, listElements, listOffsets } from '../arrow/columns.js';
import { exactly } from '../arrow/expectations.js';
import { changeFields, fieldNamed, withColumns } from '../arrow/fields.js';
import { pixelsField, pointsField } from '../arrow/schemas.js';
import { parseOptions } from '../config/parseOptions.js';
import { messageOf, PipelineError } from '../errors.js';
import { pointsImage } from '../images/pointsImage.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';
import { pointColumns } from './soap/pointColumns.js';
import { rowPlace } from './frame/rowPlace.js';
import { sideOption } from './options.js';

const xyzToImageOptions = z.strictObject({
  height: sideOption.describe('Rows of an image.'),
  width: sideOption.describe('Columns of an image.'),
  intensityDivisor: z
    .number()
    .positive()
    .default(10)
    .describe('Grey levels per unit of z, as in imageToXyz: I = z · intensityDivisor.'),
});

/** The options of `xyzToImage`, as docs/operators.md explains them. */
export type XyzToImageOptions = z.input<typeof xyzToImageOptions>;

export const xyzToImageStep: StreamDefinition<typeof xyzToImageOptions> = {
  name: 'xyzToImage',
  summary: 'Turns each point cloud back into a grayscale image: column = x, row = y, intensity = z.',
  description: `The inverse of \`imageToXyz\`, for classifiers of pixels under the same noise. A point lands on the pixel nearest to (x, y) with the
intensity z · intensityDivisor, rounded and clamped to 0 … 255; of several on one pixel the brightest stays, and points outside are dropped.
Without noise this restores ⌊I / 10⌋ · 10. \`pixels\` takes the place of \`points\`; other columns of points (\`species\`, \`centers\`,
\`centerPositions\`) end here.

Memory: one batch.`,
  example: '- xyzToImage: { height: 28, width: 28 }',
  options: xyzToImageOptions,
  independent: true,
  reads: () => [exactly(pointsField)],
  outputSchema: (input, { height, width }) =>
    changeFields(input, { drop: pointColumns(input), add: [pixelsField(height, width)] }),
  create: (parsed) =>
    batchOperator('xyzToImage', xyzToImageStep.reads(parsed), (input) => {
      const output = xyzToImageStep.outputSchema(input, parsed);
      const { name, type } = fieldNamed(output, 'pixels');
      const size = parsed.height * parsed.width;
      return {
        *next(batch) {
          const clouds = column(batch, pointsField.name);
          const offsets = listOffsets(clouds);
          const points = flatValues(listElements(clouds)) as Float64Array;
          const pixels = new Uint8Array(batch.numRows * size);
          for (let row = 0; row < batch.numRows; row++) {
            const cloud = points.subarray(3 * offsets[row]!, 3 * offsets[row + 1]!);
            try {
              pointsImage(cloud, parsed, pixels.subarray(row * size, (row + 1) * size));
            } catch (error) {
              throw new PipelineError('badData', messageOf(error), { place: rowPlace(batch, row), cause: error });
            }
          }
          yield withColumns(batch, output, { [name]: fixedSizeListColumn(type, pixels) });
        },
      };
    }),
};

/**
 * Turns each point cloud back into a grayscale image, the inverse of `imageToXyz`.
 *
 * Reads:  points list<fixed_size_list<float64, 3>>, in pixels and z = I / intensityDivisor
 * Gives:  pixels fixed_size_list<fixed_size_list<uint8, width>, height> in place of points and what belongs to them
 * Memory: one batch.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream, also for coordinates that are not finite
 */
export function xyzToImage(options: XyzToImageOptions = {}): BatchOperator {
  return xyzToImageStep.create(parseOptions('xyzToImage', xyzToImageOptions, options), detachedContext());
}
