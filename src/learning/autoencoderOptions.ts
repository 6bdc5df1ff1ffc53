import { checkInteger, checkTrainingOptions, type TrainingOptions, type TrainingSettings } from './trainingOptions.js';

/** The network and its training; the paper has a learning rate of 0.0001 and 10,000 epochs. */
export interface AutoencoderOptions extends TrainingOptions {
  readonly components: number; // length of the code, h_e in the paper
  readonly hiddenMultiplier?: number | undefined; // wide layers have this many units a feature, h_m; default: no wide layers
}

export type AutoencoderSettings = TrainingSettings & Omit<AutoencoderOptions, keyof TrainingOptions>;

/** The defaults of autoencoders, where they differ from those of all networks. */
export const autoencoderDefaults = { learningRate: 0.001, batchSize: 512, epochs: 100 };

/** Fills in the defaults and checks every value. @throws RangeError naming the option */
export function checkAutoencoderOptions(options: AutoencoderOptions): AutoencoderSettings {
  const { components, hiddenMultiplier } = options;
  checkInteger('components', components, 1);
  if (hiddenMultiplier !== undefined) checkInteger('hiddenMultiplier', hiddenMultiplier, 1);
  return { components, hiddenMultiplier, ...checkTrainingOptions(options, autoencoderDefaults) };
}
