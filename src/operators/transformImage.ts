import { z } from 'zod';
import { column, fixedSizeListColumn, flatValues } from '../arrow/columns.js';
import { exactly } from '../arrow/expectations.js';
import { fieldNamed, withColumns } from '../arrow/fields.js';
import { imageField } from '../arrow/schemas.js';
import { parseOptions } from '../config/parseOptions.js';
import { interpolations, type Turn, turnImage } from '../images/turnImage.js';
import { counterRandom } from '../random/counterRandom.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';
import { grayscale, imageShape } from './images/grayscale.js';
import { seedOption } from './options.js';

const transformImageOptions = z.strictObject({
  rotate: z
    .union([z.number(), z.literal('random')])
    .default(0)
    .describe('Angle, clockwise (degrees); random: another for each image, uniform from 0 to 360.'),
  mirror: z
    .union([z.boolean(), z.literal('random')])
    .default(false)
    .describe('Whether left and right are exchanged, after the rotation; random: for each image with probability ½.'),
  interpolation: z
    .enum(interpolations)
    .default('bilinear')
    .describe(
      'Between pixels. bilinear: of the four around, which softens edges; nearest: one of them, so that intensities stay as they are.',
    ),
  seed: seedOption.describe('Seed of what is random: the same seed, the same images, however they are batched.'),
});
type Options = z.output<typeof transformImageOptions>;

/** The options of `transformImage`, as docs/operators.md explains them. */
export type TransformImageOptions = z.input<typeof transformImageOptions>;

export const transformImageStep: StreamDefinition<typeof transformImageOptions> = {
  name: 'transformImage',
  summary: 'Turns each grayscale image about its centre and mirrors it, by given or random angles.',
  description: `The image keeps height and width: each pixel takes the value of the place that it comes from; outside the image is 0, so that corners may be
cut off. Half turns are exact, and quarter turns of square images. Reads \`image\` and \`pixels\`, changes \`pixels\`.

SOAP is invariant to rotations of the points, not to what a grid makes of them: bilinear interpolation softens the edges of a digit, which then has about a fifth more
points. A classifier that was trained on images as they are takes those turned by \`nearest\`; for \`bilinear\` train it on turned images too.

Memory: one batch.`,
  example: '- transformImage: { rotate: random, mirror: random, seed: 1 }',
  options: transformImageOptions,
  independent: true,
  reads: () => [exactly(imageField), grayscale],
  outputSchema: (input) => input,
  create: (parsed) =>
    batchOperator('transformImage', transformImageStep.reads(parsed), (input) => {
      const { type } = fieldNamed(input, grayscale.name);
      const { height, width } = imageShape(type);
      const turnOf = turns(parsed);
      return {
        *next(batch) {
          const images = flatValues(column(batch, imageField.name)) as Uint32Array;
          const pixels = flatValues(column(batch, grayscale.name)) as Uint8Array;
          const turned = new Uint8Array(pixels.length);
          const size = height * width;
          for (let row = 0; row < batch.numRows; row++) {
            const [start, end] = [row * size, (row + 1) * size];
            turnImage(pixels.subarray(start, end), width, turnOf(images[row]!), turned.subarray(start, end));
          }
          yield withColumns(batch, input, { [grayscale.name]: fixedSizeListColumn(type, turned) });
        },
      };
    }),
};

/**
 * Turns each grayscale image about its centre, then mirrors it.
 *
 * Reads:   image uint32, pixels fixed_size_list<fixed_size_list<uint8, width>, height>
 * Changes: pixels; same type
 * Memory:  one batch.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream
 */
export function transformImage(options: TransformImageOptions = {}): BatchOperator {
  return transformImageStep.create(parseOptions('transformImage', transformImageOptions, options), detachedContext());
}

/** What happens to an image, a function of seed and image alone. */
function turns({ rotate, mirror, interpolation, seed }: Options): (image: number) => Turn {
  const random = counterRandom(seed, 'turning');
  return (image) => ({
    angle: rotate === 'random' ? 360 * random.uniform(image, 0) : rotate,
    isMirrored: mirror === 'random' ? random.uniform(image, 1) < 0.5 : mirror,
    interpolation,
  });
}
