/**
 * The arithmetic of a power spectrum: it keeps the coefficients of one density a channel, adds points to them and contracts
 * them to a row. Which channels and blocks there are, and in which order, `channelsOf` tells.
 */
export interface Kernel {
  /** The cloud that the next calls refer to, in input units. The arrays are not changed until the next call of `setPoints`. */
  setPoints(x: Float64Array, y: Float64Array, z: Float64Array): void;

  /** Sets all coefficients to zero. */
  clear(): void;

  /**
   * Adds those points of the ranges that are within the cutoff of a centre to the coefficients of a channel, each times its weight.
   *
   * @param ranges `nRanges` pairs of a start and an exclusive end, indices of points
   */
  expand(
    channel: number,
    ranges: Uint32Array,
    nRanges: number,
    centerX: number,
    centerY: number,
    centerZ: number,
  ): void;

  /** Writes the power spectrum of the coefficients, times `scale`, to `out` from `offset` on. What the coefficients then are is not said: clear them. */
  contract(out: Float64Array | Float32Array, offset: number, scale: number): void;
}
