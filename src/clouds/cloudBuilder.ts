import type { Clouds, CloudValues, ValueShape } from './cloud.js';
import { NumberPacker } from './numberPacker.js';
import { TextPacker } from './textPacker.js';

/**
 * Collects point clouds: the points of all of them go to the same arrays. Its memory follows what arrives, not what headers claim.
 *
 * ```ts
 * clouds.begin(3);
 * while (!clouds.isComplete) clouds.add(position);
 * clouds.end(values, frame);
 * ```
 */
export class CloudBuilder {
  /** How many points the header of the cloud under way claims. */
  claimed = 0;
  /** A text for each point, if clouds have them. */
  readonly species: TextPacker | undefined;
  /** Further values of each point. */
  readonly arrays: readonly (NumberPacker | TextPacker)[];
  readonly #points = new NumberPacker(3);
  /** Where the points of the clouds end. */
  #ends: number[] = [];
  #values: CloudValues[] = [];
  #frames: number[] = [];
  /** Points of the clouds before the one under way. */
  #before = 0;
  /** Points of this one that were left out. */
  #leftOut = 0;

  constructor(hasSpecies: boolean, arrays: readonly ValueShape[] = []) {
    this.species = hasSpecies ? new TextPacker() : undefined;
    this.arrays = arrays.map((shape) => (shape === 'text' ? new TextPacker() : new NumberPacker(shape)));
  }

  /** Whole clouds. */
  get count(): number {
    return this.#ends.length;
  }

  /** Their points. */
  get points(): number {
    return this.#before;
  }

  /** Points of the cloud under way so far, those included that were left out. */
  get length(): number {
    return this.#points.count - this.#before + this.#leftOut;
  }

  get isComplete(): boolean {
    return this.length === this.claimed;
  }

  /** Begins a cloud, of so many points. What there is of one that has not ended goes. */
  begin(claimed: number): void {
    this.drop();
    this.claimed = claimed;
    this.#points.expect(claimed);
    this.species?.expect(claimed);
    for (const array of this.arrays) array.expect(claimed);
  }

  /** Takes x, y and z from the beginning of `position`. */
  add(position: Float64Array): void {
    this.#points.add(position, 0);
  }

  /** Passes over a point that the header has counted. */
  leaveOut(): void {
    this.#leftOut++;
  }

  /** Ends the cloud under way. */
  end(values: CloudValues, frame: number): void {
    this.#before = this.#points.count;
    this.#leftOut = 0;
    this.#ends.push(this.#before);
    this.#values.push(values);
    this.#frames.push(frame);
  }

  /** Drops the cloud under way. */
  drop(): void {
    this.#leftOut = 0;
    this.#points.truncate(this.#before);
    this.species?.truncate(this.#before);
    for (const array of this.arrays) array.truncate(this.#before);
  }

  /** Gives away all clouds. None may be under way but one without points. */
  take(): Clouds {
    const [values, frames] = [this.#values, this.#frames];
    const taken = {
      offsets: Int32Array.from([0, ...this.#ends]),
      points: this.#points.take(),
      ...(this.species && { species: this.species.take() }),
      arrays: this.arrays.map((array) => array.take()),
      values,
      frames,
    };
    [this.#ends, this.#values, this.#frames, this.#before] = [[], [], [], 0];
    return taken;
  }
}
