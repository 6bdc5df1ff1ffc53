import type { RecordBatch } from 'apache-arrow';
import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues, listColumn } from '../arrow/columns.js';
import { exactly } from '../arrow/expectations.js';
import { changeFields, fieldNamed, withColumns } from '../arrow/fields.js';
import { imageField, pointsField } from '../arrow/schemas.js';
import { imagePoints } from '../images/imagePoints.js';
import { counterRandom } from '../random/counterRandom.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';
import { grayscale, imageShape } from './images/grayscale.js';
import { parseOptions } from '../config/parseOptions.js';
import { seedOption } from './options.js';

const imageToXyzOptions = z.strictObject({
  intensityDivisor: z
    .number()
    .positive()
    .default(10)
    .describe('Grey levels per unit of z: z = ⌊I / intensityDivisor⌋.'),
  sigmaDisturbance: z
    .number()
    .min(0)
    .default(0)
    .describe('Standard deviation of the Gaussian noise on x, y and z (pixels).'),
  seed: seedOption.describe('Seed of the noise: the same seed, the same points, however images are batched.'),
});

/** The options of `imageToXyz`, as docs/operators.md explains them. */
export type ImageToXyzOptions = z.input<typeof imageToXyzOptions>;

export const imageToXyzStep: StreamDefinition<typeof imageToXyzOptions> = {
  name: 'imageToXyz',
  summary:
    'Turns each grayscale image into a 3D point cloud: x = column, y = row, z = intensity, with Gaussian noise if wanted.',
  description: `Algorithm 1 of the paper: z = ⌊I / intensityDivisor⌋; pixels with z = 0 are dropped, before any noise; then
N(0, sigmaDisturbance²) is added to each of x, y and z. Reads \`image\` and \`pixels\`, replaces \`pixels\` by \`points\`.

Memory: one batch.`,
  example: '- imageToXyz: { sigmaDisturbance: 1.0, seed: 7 }',
  options: imageToXyzOptions,
  independent: true,
  reads: () => [exactly(imageField), grayscale],
  outputSchema: (input) => changeFields(input, { drop: ['pixels'], add: [pointsField] }),
  create: (parsed) =>
    batchOperator('imageToXyz', imageToXyzStep.reads(parsed), (input) => {
      const output = imageToXyzStep.outputSchema(input, parsed);
      const { height, width } = imageShape(fieldNamed(input, 'pixels').type);
      const noise = counterRandom(parsed.seed, 'noise');
      return {
        *next(batch: RecordBatch) {
          const images = flatValues(column(batch, 'image')) as Uint32Array;
          const pixels = flatValues(column(batch, 'pixels')) as Uint8Array;
          const size = height * width;
          const offsets = new Int32Array(batch.numRows + 1);
          const cloud = new Float64Array(3 * size);
          const parts: Float64Array[] = [];
          for (let row = 0; row < batch.numRows; row++) {
            const own = pixels.subarray(row * size, (row + 1) * size);
            const count = imagePoints(own, width, images[row]!, parsed, noise, cloud);
            offsets[row + 1] = offsets[row]! + count;
            parts.push(cloud.slice(0, 3 * count));
          }
          const used = new Float64Array(3 * offsets[batch.numRows]!);
          for (const [row, part] of parts.entries()) used.set(part, 3 * offsets[row]!);
          const clouds = listColumn(pointsField.type, offsets, fixedSizeListColumn(pointsField.type.valueType, used));
          yield withColumns(batch, output, { points: clouds });
        },
      };
    }),
};

/**
 * Turns each grayscale image into a 3D point cloud.
 *
 * Reads:  image uint32, pixels fixed_size_list<fixed_size_list<uint8, width>, height>
 * Gives:  points list<fixed_size_list<float64, 3>> in place of pixels — x = column, y = row, z = ⌊I / intensityDivisor⌋, pixels
 * Memory: one batch.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream
 * @see algorithm 1 of the paper
 */
export function imageToXyz(options: ImageToXyzOptions = {}): BatchOperator {
  return imageToXyzStep.create(parseOptions('imageToXyz', imageToXyzOptions, options), detachedContext());
}
