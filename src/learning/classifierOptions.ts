import { schedules, type Schedule } from './learningRate.js';

/** The network and its training. The defaults are the paper's but for `epochs`, 300 there. */
export interface ClassifierOptions {
  readonly layers?: readonly number[]; // units of each hidden layer; default [256, 256, 256]
  readonly dropout?: number; // share of hidden units left out at each step, 0 ≤ dropout < 1; default 0.1
  readonly learningRate?: number; // of Adam, the peak under oneCycle; default 0.001
  readonly schedule?: Schedule; // course of the learning rate over the whole training; default constant
  readonly batchSize?: number; // rows of one step; default 128
  readonly epochs?: number; // passes through the training rows; default 20
  readonly validationSplit?: number; // share of the rows kept from training, 0 ≤ share < 1; default 0.2
  readonly classCount?: number; // labels are 0 to classCount - 1, 2 to 256; default 10
  readonly seed?: number; // of the split, the weights, the order of rows and the dropout; default 0
}

/** Fills in the defaults and checks every value. @throws RangeError naming the option */
export function checkClassifierOptions(options: ClassifierOptions): Required<ClassifierOptions> {
  const {
    layers = [256, 256, 256],
    dropout = 0.1,
    learningRate = 0.001,
    schedule = 'constant',
    batchSize = 128,
    epochs = 20,
    validationSplit = 0.2,
    classCount = 10,
    seed = 0,
  } = options;
  if (layers.length === 0) throw new RangeError('layers: expected at least one hidden layer, got none');
  for (const [i, units] of layers.entries()) checkInteger(`layers[${i}]`, units, 1);
  checkShare('dropout', dropout);
  if (!Number.isFinite(learningRate) || learningRate <= 0) {
    throw new RangeError(`learningRate: expected a number > 0, got ${learningRate}`);
  }
  if (!schedules.includes(schedule)) {
    throw new RangeError(`schedule: expected ${schedules.join(' or ')}, got ${schedule}`);
  }
  checkInteger('batchSize', batchSize, 1);
  checkInteger('epochs', epochs, 1);
  checkShare('validationSplit', validationSplit);
  checkInteger('classCount', classCount, 2, 256);
  checkInteger('seed', seed, 0);
  return { layers, dropout, learningRate, schedule, batchSize, epochs, validationSplit, classCount, seed };
}

function checkInteger(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `>= ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`${name}: expected an integer ${range}, got ${value}`);
}

function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new RangeError(`${name}: expected a number in [0, 1), got ${value}`);
}
