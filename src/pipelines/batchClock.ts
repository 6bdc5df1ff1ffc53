/** Numbers of each step: time spent on the batch at hand (ms), since when it is at work (ms, 0 if it is not), and which batch it is. */
const PER_STEP = 3;

/** A step at work on a batch. */
export interface AtWork {
  readonly step: number;
  /** Index of the batch in its task. */
  readonly batch: number;
  readonly ms: number;
}

/**
 * How long each step of a segment has been at its batch, in memory that two threads share: a thread that never answers is looked at from
 * outside.
 */
export class BatchClock {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Float64Array;

  /** @param memory that of the clock on the other side */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#numbers = new Float64Array(memory);
  }

  static forSteps(count: number): BatchClock {
    return new BatchClock(new SharedArrayBuffer(8 * PER_STEP * count));
  }

  /** Runs work of a step on a batch, and shows it to the other side. */
  during<T>(step: number, batch: number, work: () => T): T {
    const at = PER_STEP * step;
    const numbers = this.#numbers;
    if (numbers[at + 2] !== batch) numbers[at] = 0;
    numbers[at + 2] = batch;
    const since = now();
    numbers[at + 1] = since;
    try {
      return work();
    } finally {
      numbers[at + 1] = 0;
      numbers[at]! += now() - since;
    }
  }

  /** Forgets the task before. */
  reset(): void {
    this.#numbers.fill(0);
  }

  /** The step that is at work just now. */
  look(): AtWork | undefined {
    const numbers = this.#numbers;
    for (let step = 0; step < numbers.length / PER_STEP; step++) {
      const [spent, since, batch] = numbers.subarray(PER_STEP * step, PER_STEP * (step + 1)) as unknown as number[];
      if (since! > 0) return { step, batch: batch!, ms: spent! + now() - since! };
    }
    return undefined;
  }
}

/** The same clock on all threads (ms). */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
