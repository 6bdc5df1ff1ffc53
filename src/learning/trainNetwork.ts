import { setImmediate } from 'node:timers/promises';
import { PipelineError } from '../errors.js';
import { bestEpochOf, type EpochReport, type Measure } from './bestEpoch.js';
import { type CheckpointFiles, checkpointFiles, readCheckpoint } from './checkpoint.js';
import { type Checkpointing, CheckpointWriter } from './checkpointWriter.js';
import type { DenseChain } from './denseLayers.js';
import { DenseNetwork } from './denseNetwork.js';
import { learningRateAt } from './learningRate.js';
import type { Loss } from './losses.js';
import { epochStream, SequentialRandom } from './random.js';
import { type RowSplit, splitRows } from './splitRows.js';
import type { Rows } from './trainingData.js';
import type { TrainingOptions } from './trainingOptions.js';
import { TrainingStep } from './trainingStep.js';

/** What a network is to learn, and from which rows. */
export interface TrainingTask<Batch extends Rows> {
  readonly network: DenseChain; // untrained
  readonly dropout: number;
  readonly loss: Loss<Batch>;
  readonly rowCount: number;
  readonly take: (rows: Uint32Array) => Batch;
  /** Adds to the sums what the network, without dropout, gives for rows: their losses and, of a classifier, how many are right. */
  readonly judge: (outputs: Float32Array, batch: Batch, sums: { loss: number; correct: number }) => void;
  readonly lossTerms: number; // that a row adds to the loss: the mean is of all of them
  readonly bestBy: Measure;
  readonly fingerprint: () => string; // names data and options; asked for only where states are kept
}

/** Rows that are judged between two turns of the event loop: 4 ms of work for 3 × 256 units. */
const JUDGED_AT_A_TIME = 256;

/** What a training tells while it runs, and how it is stopped and goes on. */
export interface TrainingHooks {
  readonly onEpoch?: (report: EpochReport) => void; // also of the epochs of an earlier run that this one goes on from
  readonly onProgress?: (steps: number, totalSteps: number) => void; // after every step
  readonly signal?: AbortSignal; // looked at between steps
  readonly checkpoint?: Checkpointing;
}

export interface TrainingOutcome {
  readonly weights: Float32Array; // of all layers, as in `DenseChain`
  readonly history: readonly EpochReport[];
  readonly bestEpoch: number | undefined; // undefined without validation rows
}

/**
 * Trains a network by Adam on batches in random order, and gives the weights of its best epoch, or of the last
 * with `restoreBest: false` or without validation rows. The same task, options and engine give the same weights, byte
 * for byte, in one run or several: random numbers are a function of (seed, purpose, epoch). Lets the event loop turn after
 * every step.
 *
 * Memory: the rows stay where they are; beside them four copies of the weights and one batch of every layer.
 *
 * @throws RangeError if there are too few rows, PipelineError `diverged` if a loss is not finite, `signal.reason`
 */
export async function trainNetwork<Batch extends Rows>(
  task: TrainingTask<Batch>,
  options: TrainingOptions,
  hooks: TrainingHooks = {},
): Promise<TrainingOutcome> {
  const { network, loss, dropout } = task;
  const split = splitRows(task.rowCount, options.validationSplit, options.seed);
  const step = new TrainingStep(network, { loss, dropout, seed: options.seed });
  try {
    return await run(task, options, hooks, split, step);
  } finally {
    step.dispose();
  }
}

async function run<Batch extends Rows>(
  task: TrainingTask<Batch>,
  options: TrainingOptions,
  { checkpoint, signal, onEpoch, onProgress }: TrainingHooks,
  { training, validation }: RowSplit,
  step: TrainingStep<Batch>,
): Promise<TrainingOutcome> {
  const { epochs, patience = Infinity, learningRate: peak, batchSize, schedule, seed, restoreBest } = options;
  const judged = new DenseNetwork(task.network);
  const history: EpochReport[] = [];
  let best: Float32Array | undefined;
  let lastFinite: number | undefined;
  const bestEpoch = (): number | undefined => bestEpochOf(history, task.bestBy);
  const isDone = (): boolean =>
    history.length === epochs || history.length - (bestEpoch() ?? history.length) >= patience;

  const diverged = (found: string, where: string): PipelineError => {
    const last = lastFinite === undefined ? 'no loss was finite before' : `last finite loss ${lastFinite}`;
    return new PipelineError(
      'diverged',
      `learningRate: expected one at which training converges, got ${peak} and ${found} at ${where} (${last})`,
    );
  };

  async function train(epoch: number): Promise<Pick<EpochReport, 'epoch' | 'loss' | 'learningRate'>> {
    const order = training.slice();
    new SequentialRandom(seed, epochStream('shuffle', epoch)).shuffle(order);
    step.startEpoch(epoch);
    const stepsOfEpoch = Math.ceil(order.length / batchSize);
    const totalSteps = epochs * stepsOfEpoch;
    let loss = 0;
    let learningRate = peak;
    for (let i = 0; i < stepsOfEpoch; i++) {
      signal?.throwIfAborted();
      const rows = order.subarray(i * batchSize, (i + 1) * batchSize);
      const done = (epoch - 1) * stepsOfEpoch + i;
      learningRate = learningRateAt(schedule, peak, done / totalSteps);
      const batchLoss = step.run(task.take(rows), learningRate);
      if (!Number.isFinite(batchLoss)) throw diverged(`loss ${batchLoss}`, `step ${i + 1} of epoch ${epoch}`);
      lastFinite = batchLoss;
      loss += (batchLoss * rows.length) / order.length;
      onProgress?.(done + 1, totalSteps);
      await setImmediate();
    }
    return { epoch, loss, learningRate };
  }

  /** Without dropout, on rows that the network has not been trained on. */
  async function validate(epoch: number): Promise<Pick<EpochReport, 'validationLoss' | 'validationAccuracy'>> {
    const rows = validation.length;
    if (rows === 0) return { validationLoss: undefined, validationAccuracy: undefined };
    judged.setWeights(step.weights());
    const sums = { loss: 0, correct: 0 };
    for (let begin = 0; begin < rows; begin += JUDGED_AT_A_TIME) {
      signal?.throwIfAborted();
      const batch = task.take(validation.subarray(begin, begin + JUDGED_AT_A_TIME));
      task.judge(judged.apply(batch.features), batch, sums);
      await setImmediate();
    }
    const loss = sums.loss / (rows * task.lossTerms);
    if (!Number.isFinite(loss)) throw diverged(`validationLoss ${loss}`, `the last step of epoch ${epoch}`);
    const isClassifier = task.bestBy === 'validationAccuracy';
    return { validationLoss: loss, validationAccuracy: isClassifier ? sums.correct / rows : undefined };
  }

  /** Goes on from the state of an earlier run of the same training, if that is what there is. */
  function resume(files: CheckpointFiles, fingerprint: string): void {
    const state = readCheckpoint(files, fingerprint);
    if (!state) return;
    step.setWeights(state.weights);
    step.restoreOptimizer(state.optimizer);
    best = state.best;
    history.push(...state.history);
    for (const report of state.history) onEpoch?.(report);
  }

  /** Its arrays are copies: whoever gets the files may give them away. */
  const stateOf = (fingerprint: string): CheckpointFiles =>
    checkpointFiles(fingerprint, {
      history,
      weights: step.weights(),
      best: best?.slice(),
      optimizer: step.optimizerState(),
    });

  signal?.throwIfAborted();
  const fingerprint = checkpoint ? task.fingerprint() : '';
  const writer = checkpoint && new CheckpointWriter(checkpoint);
  if (checkpoint?.earlier) resume(checkpoint.earlier, fingerprint);
  for (let epoch = history.length + 1; !isDone(); epoch++) {
    const report = { ...(await train(epoch)), ...(await validate(epoch)) };
    history.push(report);
    if (restoreBest && bestEpoch() === epoch) best = step.weights();
    onEpoch?.(report);
    writer?.offer(() => stateOf(fingerprint));
  }
  await writer?.settle();
  const weights = best ?? step.weights();
  if (!weights.every(Number.isFinite)) throw diverged('weights that are not finite', 'the end');
  return { weights, history, bestEpoch: bestEpoch() };
}
