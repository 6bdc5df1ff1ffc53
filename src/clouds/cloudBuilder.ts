import { capacityFor } from './capacity.js';
import type { Cloud } from './cloud.js';
import { TextPacker } from './textPacker.js';

/** Collects the points of one cloud. Its memory follows what arrives, not what the header claims. */
export class CloudBuilder {
  /** How many points the header claims. */
  readonly claimed: number;
  /** A text for each point, if the cloud has them. */
  readonly species: TextPacker | undefined;
  #points: Float64Array;
  #length = 0;

  constructor(claimed: number, hasSpecies: boolean) {
    this.claimed = claimed;
    this.species = hasSpecies ? new TextPacker(claimed) : undefined;
    this.#points = new Float64Array(3 * capacityFor(claimed, 0));
  }

  /** Points so far. */
  get length(): number {
    return this.#length;
  }

  get isComplete(): boolean {
    return this.#length === this.claimed;
  }

  add(x: number, y: number, z: number): void {
    const at = 3 * this.#length;
    if (at === this.#points.length) this.#grow();
    const points = this.#points;
    points[at] = x;
    points[at + 1] = y;
    points[at + 2] = z;
    this.#length++;
  }

  /** The cloud, once it is complete. */
  finish(): Pick<Cloud, 'points' | 'species'> {
    return { points: this.#points, ...(this.species && { species: this.species.finish() }) };
  }

  #grow(): void {
    const larger = new Float64Array(3 * capacityFor(this.claimed, this.#length));
    larger.set(this.#points);
    this.#points = larger;
  }
}
