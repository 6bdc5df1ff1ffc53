import { z } from 'zod';
import type { AutoencoderOptions } from '../../learning/trainingOptions.js';
import { featuresOption, trainingOptions as shared } from '../options.js';

export const compressionMethods = ['pca', 'linearAutoencoder', 'deepAutoencoder'] as const;

const defaults = { hiddenMultiplier: 4, epochs: 100, batchSize: 512, learningRate: 0.001, maxBytes: 2 ** 30 };

/** Those that only a training has; none has a default in the schema, so that it shows which were given. */
const trainingOptions = {
  epochs: shared.epochs
    .optional()
    .describe(
      `Passes through the training rows of an autoencoder, ${defaults.epochs} unless given; the paper takes 10,000.`,
    ),
  batchSize: shared.batchSize.optional().describe(`Rows of a training step, ${defaults.batchSize} unless given.`),
  learningRate: shared.learningRate
    .optional()
    .describe(
      `Of Adam; the peak if the schedule is oneCycle or cosine. ${defaults.learningRate} unless given; the paper takes 0.0001.`,
    ),
  schedule: shared.schedule
    .optional()
    .describe('Course of the learning rate over the training, constant unless given.'),
  validationSplit: shared.validationSplit
    .optional()
    .describe('Share of the rows kept from training to validate on, 0.2 unless given.'),
  patience: shared.patience
    .optional()
    .describe('Epochs without a lower validationLoss after which training ends; without this it goes on to the last.'),
  restoreBest: shared.restoreBest
    .optional()
    .describe('Keep the network of the epoch with the lowest validationLoss, not of the last; true unless given.'),
  seed: shared.seed.optional().describe('Seed of split, weights and order of rows, 0 unless given.'),
};

export const compressFitOptions = z
  .strictObject({
    method: z
      .enum(compressionMethods)
      .default('pca')
      .describe(
        'pca: projection on principal components; linearAutoencoder: d → h_e → d; deepAutoencoder: d → d·h_m → h_e → d·h_m → d with ReLU on the wide layers.',
      ),
    components: z.int().min(1).describe('Length of the code, h_e in the paper.'),
    features: featuresOption,
    code: z.string().default('code').describe('Column of the code, which replaces the features.'),
    hiddenMultiplier: z
      .int()
      .min(1)
      .optional()
      .describe(
        `Units of the wide layers of deepAutoencoder for each feature, h_m in the paper; ${defaults.hiddenMultiplier} unless given.`,
      ),
    maxBytes: shared.maxBytes
      .optional()
      .describe(
        'Bound of the memory for the rows that are fitted on (bytes), 1 GiB unless given. Beyond it an autoencoder is refused, and pca sums up covariances instead.',
      ),
    ...trainingOptions,
  })
  .superRefine((options, context) => {
    const { method, hiddenMultiplier, validationSplit, patience } = options;
    const refuse = (path: string, reason: string, value: unknown): void =>
      context.addIssue({
        code: 'custom',
        path: [path],
        message: `has no meaning with ${reason}, got ${String(value)}`,
      });
    if (method !== 'deepAutoencoder' && hiddenMultiplier !== undefined) {
      refuse('hiddenMultiplier', `method ${method}`, hiddenMultiplier);
    }
    if (method === 'pca') {
      for (const name of Object.keys(trainingOptions) as (keyof typeof trainingOptions)[]) {
        if (options[name] !== undefined) refuse(name, 'method pca', options[name]);
      }
    } else if (validationSplit === 0 && patience !== undefined) {
      refuse('patience', 'validationSplit 0', patience);
    }
  });
export type CompressFitOptions = z.output<typeof compressFitOptions>;

export const compressApplyOptions = z
  .strictObject({
    invert: z.boolean().default(false).describe('Turn codes back into features instead.'),
    reconstructionMse: z
      .boolean()
      .default(false)
      .describe(
        'Decode, too, and give the metric reconstructionMse: the mean over rows and components of (x − x̂)², figure 18 of the paper.',
      ),
  })
  .superRefine(({ invert, reconstructionMse }, context) => {
    if (!invert || !reconstructionMse) return;
    const message = 'has no meaning with invert, which has no features to compare with, got true';
    context.addIssue({ code: 'custom', path: ['reconstructionMse'], message });
  });
export type CompressApplyOptions = z.output<typeof compressApplyOptions>;

/** What the options say of the network and its training. */
export function autoencoderOptions({ method, components, ...options }: CompressFitOptions): AutoencoderOptions {
  const { hiddenMultiplier = defaults.hiddenMultiplier, epochs = defaults.epochs } = options;
  const { batchSize = defaults.batchSize, learningRate = defaults.learningRate } = options;
  const { schedule = 'constant', validationSplit = 0.2, patience, restoreBest = true, seed = 0 } = options;
  const network = { components, hiddenMultiplier: method === 'deepAutoencoder' ? hiddenMultiplier : undefined };
  return { ...network, epochs, batchSize, learningRate, schedule, validationSplit, patience, restoreBest, seed };
}

export function maxBytesOf({ maxBytes = defaults.maxBytes }: CompressFitOptions): number {
  return maxBytes;
}
