import type { Schedule } from './learningRate.js';

/** How a network is trained, whatever it learns. Whoever asks for it has checked every value. */
export interface TrainingOptions {
  readonly learningRate: number; // of Adam; the peak under oneCycle and cosine
  readonly schedule: Schedule; // course of the learning rate over all `epochs`
  readonly batchSize: number; // rows of one step
  readonly epochs: number; // passes through the training rows
  readonly validationSplit: number; // share of the rows kept from training, 0 ≤ share < 1
  readonly patience?: number | undefined; // epochs without improvement after which training ends; default: never
  readonly restoreBest: boolean; // keep the network of the best epoch, not of the last
  readonly seed: number; // of the split, the weights, the order of rows and the dropout
}

export interface ClassifierOptions extends TrainingOptions {
  readonly layers: readonly number[]; // units of each hidden layer
  readonly dropout: number; // share of hidden units left out at each step, 0 ≤ dropout < 1
  readonly classCount: number; // labels are 0 to classCount - 1, 2 to 256
}

export interface AutoencoderOptions extends TrainingOptions {
  readonly components: number; // length of the code, h_e in the paper
  readonly hiddenMultiplier?: number | undefined; // wide layers have this many units a feature, h_m; default: no wide layers
}

/** Beyond this many a training is taken for a mistake: the paper's longest has 10,000. */
export const maxEpochs = 100_000;
