import type { Cloud, ValueShape } from './cloud.js';
import { NumberPacker } from './numberPacker.js';
import { TextPacker } from './textPacker.js';

/** Collects the points of one cloud. Its memory follows what arrives, not what the header claims. */
export class CloudBuilder {
  /** How many points the header claims. */
  readonly claimed: number;
  /** A text for each point, if the cloud has them. */
  readonly species: TextPacker | undefined;
  /** Further values of each point. */
  readonly arrays: readonly (NumberPacker | TextPacker)[];
  readonly #points: NumberPacker;
  #leftOut = 0;

  constructor(claimed: number, hasSpecies: boolean, arrays: readonly ValueShape[] = []) {
    this.claimed = claimed;
    this.species = hasSpecies ? new TextPacker(claimed) : undefined;
    this.arrays = arrays.map((shape) =>
      shape === 'text' ? new TextPacker(claimed) : new NumberPacker(claimed, shape),
    );
    this.#points = new NumberPacker(claimed, 3);
  }

  /** Points so far, those included that were left out. */
  get length(): number {
    return this.#points.count + this.#leftOut;
  }

  get isComplete(): boolean {
    return this.length === this.claimed;
  }

  /** Takes x, y and z from the beginning of `position`. */
  add(position: Float64Array): void {
    this.#points.add(position, 0);
  }

  /** Passes over a point that the header has counted. */
  leaveOut(): void {
    this.#leftOut++;
  }

  /** The cloud, once it is complete. */
  finish(): Pick<Cloud, 'points' | 'species' | 'arrays'> {
    return {
      points: this.#points.finish(),
      ...(this.species && { species: this.species.finish() }),
      ...(this.arrays.length > 0 && { arrays: this.arrays.map((array) => array.finish()) }),
    };
  }
}
