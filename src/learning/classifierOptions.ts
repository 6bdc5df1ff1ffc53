import { ValueError } from '../errors.js';
import {
  checkInteger,
  checkShare,
  checkTrainingOptions,
  type TrainingOptions,
  type TrainingSettings,
} from './trainingOptions.js';

/** The network and its training. The defaults are the paper's but for `epochs`, 300 there. */
export interface ClassifierOptions extends TrainingOptions {
  readonly layers?: readonly number[]; // units of each hidden layer; default [256, 256, 256]
  readonly dropout?: number; // share of hidden units left out at each step, 0 ≤ dropout < 1; default 0.1
  readonly classCount?: number; // labels are 0 to classCount - 1, 2 to 256; default 10
}

export type ClassifierSettings = TrainingSettings & Required<Omit<ClassifierOptions, keyof TrainingOptions>>;

const defaults = { learningRate: 0.001, batchSize: 128, epochs: 20 };

/** Fills in the defaults and checks every value. @throws RangeError naming the option */
export function checkClassifierOptions(options: ClassifierOptions): ClassifierSettings {
  const { layers = [256, 256, 256], dropout = 0.1, classCount = 10 } = options;
  if (layers.length === 0) throw new ValueError({ option: 'layers' }, 'expected at least one hidden layer, got none');
  for (const [i, units] of layers.entries()) checkInteger(`layers[${i}]`, units, 1);
  checkShare('dropout', dropout);
  checkInteger('classCount', classCount, 2, 256);
  return { layers, dropout, classCount, ...checkTrainingOptions(options, defaults) };
}
