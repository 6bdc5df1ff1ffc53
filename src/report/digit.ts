import { leastProbability } from '../stats/leastProbability.js';

/** The pixels of an image with what was predicted for each. */
export interface Digit {
  readonly image: number;
  /** The class; undefined in unlabelled streams. */
  readonly label: number | undefined;
  /** (x, y, z) of each pixel: column, row and height. */
  readonly positions: Float64Array;
  /** The most probable class of each pixel. */
  readonly predicted: Uint8Array;
  /** Its probability. */
  readonly confidence: Float32Array;
  /** Of each pixel, one after the other, where the output has them and is small. */
  readonly descriptors: Float64Array | undefined;
  /** Pixels by predicted class. */
  readonly votes: readonly number[];
  /** Mean over the pixels of the log-probability of each class. */
  readonly meanLog: readonly number[];
  /** The class of the greatest mean log-probability: the vote of the whole image. */
  readonly vote: number;
  /** By how much it leads the next. */
  readonly margin: number;
  /** Entropy of the pixels' votes, bits: 0 when they agree. */
  readonly disagreement: number;
}

/** Collects the pixels of one image. */
export class DigitBuilder {
  readonly image: number;
  readonly #label: number | undefined;
  readonly #positions: number[] = [];
  readonly #predicted: number[] = [];
  readonly #confidence: number[] = [];
  readonly #descriptors: number[] = [];
  readonly #sums: number[];

  constructor(image: number, label: number | undefined, classes: number) {
    this.image = image;
    this.#label = label;
    this.#sums = Array.from({ length: classes }, () => 0);
  }

  get pixels(): number {
    return this.#predicted.length;
  }

  /** @param probabilities of each class, from `at` on in the array */
  add(position: ArrayLike<number>, predicted: number, probabilities: ArrayLike<number>): void {
    this.#positions.push(position[0]!, position[1]!, position[2]!);
    this.#predicted.push(predicted);
    this.#confidence.push(probabilities[predicted] ?? 0);
    for (let c = 0; c < this.#sums.length; c++) {
      this.#sums[c]! += Math.log(Math.max(leastProbability, probabilities[c]!));
    }
  }

  /** The descriptor of the pixel that was added last. */
  addDescriptor(values: Iterable<number>): void {
    this.#descriptors.push(...values);
  }

  build(): Digit {
    const pixels = this.pixels;
    const votes = this.#sums.map(() => 0);
    for (const predicted of this.#predicted) votes[predicted]!++;
    const meanLog = this.#sums.map((sum) => sum / pixels);
    const [best = 0, next = 0] = meanLog.map((_, c) => c).toSorted((a, b) => meanLog[b]! - meanLog[a]! || a - b);
    return {
      image: this.image,
      label: this.#label,
      positions: Float64Array.from(this.#positions),
      predicted: Uint8Array.from(this.#predicted),
      confidence: Float32Array.from(this.#confidence),
      descriptors: this.#descriptors.length > 0 ? Float64Array.from(this.#descriptors) : undefined,
      votes,
      meanLog,
      vote: best,
      margin: meanLog[best]! - meanLog[next]!,
      disagreement: entropy(votes, pixels),
    };
  }
}

function entropy(counts: readonly number[], total: number): number {
  return counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / total) * Math.log2(count / total)), 0);
}
