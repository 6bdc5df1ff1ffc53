import { ValueError } from '../errors.js';
import { schedules, type Schedule } from './learningRate.js';

/** How a network is trained, whatever it learns. The defaults are those of the kind of network. */
export interface TrainingOptions {
  readonly learningRate?: number; // of Adam; the peak under oneCycle and cosine
  readonly schedule?: Schedule; // course of the learning rate over all `epochs`; default constant
  readonly batchSize?: number; // rows of one step
  readonly epochs?: number; // passes through the training rows, at most 100,000
  readonly validationSplit?: number; // share of the rows kept from training, 0 ≤ share < 1; default 0.2
  readonly patience?: number | undefined; // epochs without improvement after which training ends; default: never
  readonly restoreBest?: boolean; // keep the network of the best epoch, not of the last; default true
  readonly seed?: number; // of the split, the weights, the order of rows and the dropout; default 0
}

/** The same with every choice made; `patience` undefined means never. */
export type TrainingSettings = Required<Omit<TrainingOptions, 'patience'>> & Pick<TrainingOptions, 'patience'>;

/** Beyond this many a training is taken for a mistake: the paper's longest has 10,000. */
export const maxEpochs = 100_000;

/** Fills in the defaults and checks every value. @throws RangeError naming the option */
export function checkTrainingOptions(
  options: TrainingOptions,
  defaults: Required<Pick<TrainingOptions, 'learningRate' | 'batchSize' | 'epochs'>>,
): TrainingSettings {
  const {
    learningRate = defaults.learningRate,
    schedule = 'constant',
    batchSize = defaults.batchSize,
    epochs = defaults.epochs,
    validationSplit = 0.2,
    patience,
    restoreBest = true,
    seed = 0,
  } = options;
  if (!Number.isFinite(learningRate) || learningRate <= 0) {
    throw new ValueError({ option: 'learningRate' }, `expected a number > 0, got ${learningRate}`);
  }
  if (!schedules.includes(schedule)) {
    throw new ValueError({ option: 'schedule' }, `expected ${schedules.join(' or ')}, got ${schedule}`);
  }
  checkInteger('batchSize', batchSize, 1);
  checkInteger('epochs', epochs, 1, maxEpochs);
  checkShare('validationSplit', validationSplit);
  if (patience !== undefined) {
    checkInteger('patience', patience, 1);
    if (validationSplit === 0) {
      throw new ValueError(
        { option: 'patience' },
        `has no meaning without validation rows (validationSplit 0), got ${patience}`,
      );
    }
  }
  checkInteger('seed', seed, 0);
  return { learningRate, schedule, batchSize, epochs, validationSplit, patience, restoreBest, seed };
}

/** @throws RangeError unless the value is an integer within the bounds */
export function checkInteger(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `>= ${least}` : `from ${least} to ${most}`;
  throw new ValueError({ option: name }, `expected an integer ${range}, got ${value}`);
}

/** @throws RangeError unless 0 ≤ value < 1 */
export function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new ValueError({ option: name }, `expected a number in [0, 1), got ${value}`);
}
