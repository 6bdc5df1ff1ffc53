import { z } from 'zod';
import { schedules } from '../learning/learningRate.js';
import { maxEpochs } from '../learning/trainingOptions.js';

/** Options that several operators have, without their descriptions. */
export const seedOption = z.int().min(0).default(0);
export const featuresOption = z.string().default('soap').describe('Column of the feature vectors.');
export const batchRowsOption = z.int().min(1).max(65_536).default(64);
export const sideOption = z.int().min(1).max(65_535).default(28);

/** Of networks that are trained, without their defaults. */
export const trainingOptions = {
  epochs: z.int().min(1).max(maxEpochs),
  batchSize: z.int().min(1),
  learningRate: z.number().positive(),
  schedule: z.enum(schedules),
  validationSplit: z.number().min(0).lt(1),
  patience: z.int().min(1),
  restoreBest: z.boolean(),
  seed: z.int().min(0),
  maxBytes: z.int().min(1),
};
