import { counterRandom, type CounterRandom } from '../random/counterRandom.js';
import { logarithm } from '../random/logarithm.js';
import { grown, SlotHeap } from './slotHeap.js';

/** A row that was kept. */
export interface ReservoirEntry {
  readonly image: number;
  readonly center: number;
  /** Where the caller has stored the row: an integer from 0 to `size` − 1. */
  readonly slot: number;
}

/**
 * A weighted sample of bounded size without replacement: of all (image, center) offered, those with the `size` largest keys
 * ln(u) / weight, u uniform in (0, 1), ties by smaller image, then smaller center.
 *
 * u is a function of (seed, image, center). The sample therefore depends on what is offered, not on order or splitting, and
 * reservoirs of parts of a stream merge into that of the whole. Each (image, center) is to be offered once.
 *
 * Weight 1/N_k for the N_k descriptors of image k samples as algorithm 3 of the paper, without its repetitions: every image is
 * as likely as any other. Equal weights give each descriptor the same chance.
 *
 * Memory: 24 to 48 bytes a kept row; the rows themselves are the caller's.
 *
 * @see Efraimidis, Spirakis 2006, algorithm A-Res, doi:10.1016/j.ipl.2005.11.003
 */
export class WeightedReservoir implements Iterable<ReservoirEntry> {
  readonly size: number;
  readonly seed: number;
  readonly #random: CounterRandom;
  /** The row to leave next is first. */
  readonly #heap = new SlotHeap((a, b) => this.#leavesBefore(a, b));
  #count = 0;
  /** The least key once the reservoir is full. */
  #keyToBeat = -Infinity;
  // What is kept, by slot.
  #keys = new Float64Array(16);
  #images = new Float64Array(16);
  #centers = new Uint32Array(16);

  /**
   * @param size the most rows to keep
   * @param seed a non-negative safe integer
   * @throws RangeError
   */
  constructor(size: number, seed: number) {
    if (!Number.isInteger(size) || size < 1 || size > 2 ** 32 - 1) {
      throw new RangeError(`size: expected an integer from 1 to 2^32 - 1 (rows), got ${size}`);
    }
    this.#random = counterRandom(seed, 'sampling');
    this.size = size;
    this.seed = seed;
  }

  /** How many are kept: all that were offered, at most `size`. */
  get count(): number {
    return this.#count;
  }

  /**
   * Decides on a row: the slot to store it in, in place of what that held, or −1 if it is not kept.
   *
   * @param image a non-negative safe integer
   * @param center an integer from 0 to 2³² − 1
   * @param weight finite and > 0; only ratios of weights matter
   * @throws RangeError
   */
  offer(image: number, center: number, weight: number): number {
    if (!(weight > 0 && weight < Infinity)) {
      throw new RangeError(`weight: expected a finite number > 0, got ${weight}`);
    }
    const u = this.#random.uniform(image, center);
    // ln u < u − 1 < 0 spares most logarithms; a thousandth is room enough for every rounding.
    if ((u - 1) * 0.999 < this.#keyToBeat * weight) return -1;
    return this.#offerKey(image, center, logarithm(u) / weight);
  }

  /**
   * Takes in what another reservoir of the same size and seed has kept, from a different part of the stream.
   *
   * @param move told of each row that is kept: the slot it has there, and the slot here to copy it to
   * @throws RangeError if size or seed differ
   */
  merge(other: WeightedReservoir, move: (from: number, to: number) => void): void {
    if (other.size !== this.size || other.seed !== this.seed) {
      throw new RangeError(
        `merge: expected a reservoir of size ${this.size} and seed ${this.seed}, got size ${other.size} and seed ${other.seed}`,
      );
    }
    for (let from = 0; from < other.#count; from++) {
      const to = this.#offerKey(other.#images[from]!, other.#centers[from]!, other.#keys[from]!);
      if (to >= 0) move(from, to);
    }
  }

  /** What is kept now, by image, then center. */
  *[Symbol.iterator](): Generator<ReservoirEntry, void, undefined> {
    const slots = new Uint32Array(this.#count).map((_, slot) => slot);
    for (const slot of slots.toSorted((a, b) => (this.#idPrecedes(a, b) ? -1 : 1))) {
      yield { image: this.#images[slot]!, center: this.#centers[slot]!, slot };
    }
  }

  #offerKey(image: number, center: number, key: number): number {
    const slot = this.#count < this.size ? this.#append(image, center, key) : this.#replace(image, center, key);
    if (slot >= 0 && this.#count === this.size) this.#keyToBeat = this.#keys[this.#heap.first]!;
    return slot;
  }

  #append(image: number, center: number, key: number): number {
    const slot = this.#count++;
    if (slot === this.#keys.length) this.#grow();
    this.#store(slot, image, center, key);
    this.#heap.push(slot);
    return slot;
  }

  #replace(image: number, center: number, key: number): number {
    const slot = this.#heap.first;
    if (key < this.#keyToBeat) return -1;
    if (key === this.#keyToBeat && !precedes(image, center, this.#images[slot]!, this.#centers[slot]!)) return -1;
    this.#store(slot, image, center, key);
    this.#heap.firstChanged();
    return slot;
  }

  #store(slot: number, image: number, center: number, key: number): void {
    this.#keys[slot] = key;
    this.#images[slot] = image;
    this.#centers[slot] = center;
  }

  #grow(): void {
    const capacity = 2 * this.#keys.length;
    this.#keys = grown(this.#keys, new Float64Array(capacity));
    this.#images = grown(this.#images, new Float64Array(capacity));
    this.#centers = grown(this.#centers, new Uint32Array(capacity));
  }

  #leavesBefore(a: number, b: number): boolean {
    const keyA = this.#keys[a]!;
    const keyB = this.#keys[b]!;
    return keyA < keyB || (keyA === keyB && this.#idPrecedes(b, a));
  }

  #idPrecedes(a: number, b: number): boolean {
    return precedes(this.#images[a]!, this.#centers[a]!, this.#images[b]!, this.#centers[b]!);
  }
}

function precedes(imageA: number, centerA: number, imageB: number, centerB: number): boolean {
  return imageA < imageB || (imageA === imageB && centerA < centerB);
}
