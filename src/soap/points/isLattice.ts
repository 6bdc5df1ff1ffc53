/** Points that are looked at, at most, evenly spread over the cloud; 276 distances. */
const SAMPLE = 24;
/** On a lattice fewer than this share of the distances differ. */
const DIFFERENT = 0.85;

/**
 * Whether many points of a cloud are equally far apart, so that it is worth looking for distances that occur again. Judged from a sample,
 * always the same of the same cloud. Equal is what has the same square in float64: crystals that are turned are no lattices.
 */
export function isLattice(x: Float64Array, y: Float64Array, z: Float64Array): boolean {
  const count = Math.min(SAMPLE, x.length);
  const squares = new Float64Array((count * (count - 1)) / 2);
  let next = 0;
  for (let i = 0; i < count; i++) {
    const a = Math.floor((i * x.length) / count);
    for (let j = 0; j < i; j++) {
      const b = Math.floor((j * x.length) / count);
      squares[next++] = (x[a]! - x[b]!) ** 2 + (y[a]! - y[b]!) ** 2 + (z[a]! - z[b]!) ** 2;
    }
  }
  squares.sort();
  const different = squares.reduce((sum, square, i) => sum + Number(square !== squares[i - 1]), 0);
  return different < DIFFERENT * squares.length;
}
