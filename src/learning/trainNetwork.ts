import { setImmediate } from 'node:timers/promises';
import { PipelineError } from '../errors.js';
import { bestEpochOf, type EpochReport, type Measure } from './bestEpoch.js';
import { checkpointFiles, readCheckpoint } from './checkpoint.js';
import { type Checkpointing, CheckpointWriter } from './checkpointWriter.js';
import type { DenseChain } from './denseLayers.js';
import { learningRateAt } from './learningRate.js';
import type { Loss } from './losses.js';
import { epochStream, SequentialRandom } from './random.js';
import { type RowSplit, splitRows } from './splitRows.js';
import type { Rows } from './trainingData.js';
import type { TrainingSettings } from './trainingOptions.js';
import { TrainingStep } from './trainingStep.js';

/** What a network is to learn, and from which rows. */
export interface TrainingTask<Batch extends Rows> {
  readonly network: DenseChain; // untrained
  readonly dropout: number;
  readonly loss: Loss<Batch>;
  readonly rowCount: number;
  readonly take: (rows: Uint32Array) => Batch;
  readonly evaluate: (
    weights: Float32Array,
    rows: Uint32Array,
    signal: AbortSignal | undefined,
  ) => Promise<NetworkEvaluation>;
  readonly bestBy: Measure;
  readonly fingerprint: () => string; // names data and options; asked for only where states are kept
}

/** How well the network does, without dropout, on rows that it has not been trained on. */
export interface NetworkEvaluation {
  readonly loss: number;
  readonly accuracy?: number; // of a classifier
}

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
 * with `restoreBest: false` or without validation rows. The same task, settings and engine give the same weights, byte
 * for byte, in one run or several: random numbers are a function of (seed, purpose, epoch). Lets the event loop turn after
 * every step.
 *
 * Memory: the rows stay where they are; beside them four copies of the weights and one batch of every layer.
 *
 * @throws RangeError if there are too few rows, PipelineError `diverged` if a loss is not finite, `signal.reason`
 */
export async function trainNetwork<Batch extends Rows>(
  task: TrainingTask<Batch>,
  settings: TrainingSettings,
  hooks: TrainingHooks = {},
): Promise<TrainingOutcome> {
  const { network, loss, dropout } = task;
  const split = splitRows(task.rowCount, settings.validationSplit, settings.seed);
  const step = new TrainingStep(network, { loss, dropout, seed: settings.seed });
  try {
    return await new TrainingRun(task, settings, hooks, split, step).run();
  } finally {
    step.dispose();
  }
}

class TrainingRun<Batch extends Rows> {
  readonly #task: TrainingTask<Batch>;
  readonly #settings: TrainingSettings;
  readonly #hooks: TrainingHooks;
  readonly #split: RowSplit;
  readonly #step: TrainingStep<Batch>;
  #history: EpochReport[] = [];
  #best: Float32Array | undefined;
  #lastFinite: number | undefined;

  constructor(
    task: TrainingTask<Batch>,
    settings: TrainingSettings,
    hooks: TrainingHooks,
    split: RowSplit,
    step: TrainingStep<Batch>,
  ) {
    this.#task = task;
    this.#settings = settings;
    this.#hooks = hooks;
    this.#split = split;
    this.#step = step;
  }

  async run(): Promise<TrainingOutcome> {
    const { checkpoint, signal, onEpoch } = this.#hooks;
    signal?.throwIfAborted();
    const fingerprint = checkpoint ? this.#task.fingerprint() : '';
    const writer = checkpoint && new CheckpointWriter(checkpoint);
    if (checkpoint?.earlier) this.#resume(checkpoint.earlier, fingerprint);
    for (let epoch = this.#history.length + 1; !this.#isDone(); epoch++) {
      const report = { ...(await this.#train(epoch)), ...(await this.#validate(epoch)) };
      this.#history.push(report);
      if (this.#settings.restoreBest && this.#bestEpoch() === epoch) this.#best = this.#step.weights();
      onEpoch?.(report);
      writer?.offer(() => this.#state(fingerprint));
    }
    await writer?.settle();
    const weights = this.#best ?? this.#step.weights();
    if (!weights.every(Number.isFinite)) throw this.#diverged('weights that are not finite', 'the end');
    return { weights, history: this.#history, bestEpoch: this.#bestEpoch() };
  }

  #isDone(): boolean {
    const { epochs, patience = Infinity } = this.#settings;
    const done = this.#history.length;
    return done === epochs || done - (this.#bestEpoch() ?? done) >= patience;
  }

  #bestEpoch(): number | undefined {
    return bestEpochOf(this.#history, this.#task.bestBy);
  }

  async #train(epoch: number): Promise<Pick<EpochReport, 'epoch' | 'loss' | 'learningRate'>> {
    const { batchSize, epochs, learningRate: peak, schedule, seed } = this.#settings;
    const { signal, onProgress } = this.#hooks;
    const order = this.#split.training.slice();
    new SequentialRandom(seed, epochStream('shuffle', epoch)).shuffle(order);
    this.#step.startEpoch(epoch);
    const stepsOfEpoch = Math.ceil(order.length / batchSize);
    const totalSteps = epochs * stepsOfEpoch;
    let loss = 0;
    let learningRate = peak;
    for (let i = 0; i < stepsOfEpoch; i++) {
      signal?.throwIfAborted();
      const rows = order.subarray(i * batchSize, (i + 1) * batchSize);
      const done = (epoch - 1) * stepsOfEpoch + i;
      learningRate = learningRateAt(schedule, peak, done / totalSteps);
      const batchLoss = this.#step.run(this.#task.take(rows), learningRate);
      if (!Number.isFinite(batchLoss)) throw this.#diverged(`loss ${batchLoss}`, `step ${i + 1} of epoch ${epoch}`);
      this.#lastFinite = batchLoss;
      loss += (batchLoss * rows.length) / order.length;
      onProgress?.(done + 1, totalSteps);
      await setImmediate();
    }
    return { epoch, loss, learningRate };
  }

  async #validate(epoch: number): Promise<Pick<EpochReport, 'validationLoss' | 'validationAccuracy'>> {
    const { validation } = this.#split;
    if (validation.length === 0) return { validationLoss: undefined, validationAccuracy: undefined };
    const { loss, accuracy } = await this.#task.evaluate(this.#step.weights(), validation, this.#hooks.signal);
    if (!Number.isFinite(loss)) throw this.#diverged(`validationLoss ${loss}`, `the last step of epoch ${epoch}`);
    return { validationLoss: loss, validationAccuracy: accuracy };
  }

  /** Goes on from the state of an earlier run of the same training, if that is what there is. */
  #resume(files: Checkpointing['earlier'] & object, fingerprint: string): void {
    const state = readCheckpoint(files, fingerprint);
    if (!state) return;
    this.#step.setWeights(state.weights);
    this.#step.restoreOptimizer(state.optimizer);
    this.#best = state.best;
    this.#history = [...state.history];
    for (const report of state.history) this.#hooks.onEpoch?.(report);
  }

  /** Its arrays are copies: whoever gets the files may give them away. */
  #state(fingerprint: string): ReturnType<typeof checkpointFiles> {
    return checkpointFiles(fingerprint, {
      history: this.#history,
      weights: this.#step.weights(),
      best: this.#best?.slice(),
      optimizer: this.#step.optimizerState(),
    });
  }

  #diverged(found: string, where: string): PipelineError {
    const { learningRate } = this.#settings;
    const last = this.#lastFinite === undefined ? 'no loss was finite before' : `last finite loss ${this.#lastFinite}`;
    return new PipelineError(
      'diverged',
      `learningRate: expected one at which training converges, got ${learningRate} and ${found} at ${where} (${last})`,
    );
  }
}
