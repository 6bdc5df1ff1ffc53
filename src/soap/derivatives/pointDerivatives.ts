/** The derivatives of a row with respect to the position of one point after the other. */
export interface PointDerivatives {
  /**
   * Computes the derivatives with respect to a point and adds them to the sum over points. They are of the coefficients that the
   * kernel has contracted last.
   *
   * @param x its offset from the centre, like y and z in input units; within the cutoff
   * @param scale as of that contraction
   */
  differentiate(channel: number, x: number, y: number, z: number, scale: number): void;

  /** Writes those of the point to `target`, 3×featureCount. */
  write(target: Float64Array): void;

  /** Adds them there. */
  add(target: Float64Array): void;

  /** Subtracts the sum from `target`, 3×featureCount, and begins it anew. */
  subtractSum(target: Float64Array): void;
}
