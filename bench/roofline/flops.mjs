import { cutoffRadius } from '#dist/soap/options.js';

/** Degree of the polynomials in the table of radial functions. */
const DEGREE = { float64: 6, float32: 3 };
/** Distances whose radial functions the kernel keeps from centre to centre. */
const KEPT_DISTANCES = 2048;

/**
 * Floating-point operations that the kernel has to do for a centre, on average: what the formulas need, without the filling of
 * vectors. L = lMax, P points in reach, C columns: points that are summed apart from each other, of each species.
 *
 * distances    11 P + 2 D             offsets, squares and unit vectors; root and inverse of D new distances
 * harmonics    P (6 L + 3 L(L+1)/2 + L(L-1)) + (P - C) (L+1)²
 *                                     cos mφ and sin mφ; recurrences in l; their products; sums of harmonics at equal distance
 * radial       2 d nMax (L+1) D       Horner's rule, degree d
 * products     2 nMax (L+1)² C
 * contraction  Σ_l nMax(nMax+1)/2 (2(2l+1) + 1)  for a species with itself, nMax² for two species
 *
 * With merging C is the number of different distances, and D is 0 where a cloud's distances are few and kept (a lattice), else C.
 * Without it C = D = P.
 *
 * @typedef {{ distances: number, harmonics: number, radial: number, products: number, contraction: number }} Flops
 * @param {import('../support/cases.mjs').Case} benchmark
 * @param {'float64' | 'float32'} arithmetic
 * @param {boolean} isMerged
 * @returns {Flops}
 */
export function flopsPerCentre({ options, clouds }, arithmetic, isMerged) {
  const { nMax, lMax: L, nSpecies = 1 } = options;
  const neighbours = countNeighbours(options, clouds);
  const P = neighbours.points;
  const C = isMerged ? neighbours.columns : P;
  const areKept = isMerged && neighbours.distances <= KEPT_DISTANCES;
  const D = areKept ? neighbours.distances / neighbours.centres : C;
  const rows = (L + 1) ** 2;
  const pairs = (nSpecies * nMax * (nMax + 1)) / 2 + ((nSpecies * (nSpecies - 1)) / 2) * nMax ** 2;
  return {
    distances: 11 * P + 2 * D,
    harmonics: P * (6 * L + (3 * L * (L + 1)) / 2 + L * (L - 1)) + (P - C) * rows,
    radial: 2 * DEGREE[arithmetic] * nMax * (L + 1) * D,
    products: 2 * nMax * rows * C,
    contraction: pairs * (2 * rows + L + 1),
  };
}

/** @param {Flops} flops @returns {number} */
export function totalFlops(flops) {
  return Object.values(flops).reduce((sum, value) => sum + value, 0);
}

/**
 * Points in reach of a centre and different distances among them, of one species, on average over all centres; and the different
 * distances in all clouds together. Distances are compared as the kernel does, by their squares.
 *
 * @param {import('#dist/soap/index.js').SoapOptions} options
 * @param {readonly import('../support/cases.mjs').Cloud[]} clouds
 */
function countNeighbours(options, clouds) {
  const limit = cutoffRadius(options) ** 2;
  const all = new Set();
  let [centres, pointCount, columns] = [0, 0, 0];
  for (const { points, species } of clouds) {
    for (let c = 0; c < points.length; c += 3) {
      /** @type {Map<number, Set<number>>} */
      const bySpecies = new Map();
      for (let p = 0; p < points.length; p += 3) {
        const [x, y, z] = [points[p] - points[c], points[p + 1] - points[c + 1], points[p + 2] - points[c + 2]];
        const rr = x * x + y * y + z * z;
        if (rr > limit) continue;
        const kind = species?.[p / 3] ?? 0;
        if (!bySpecies.has(kind)) bySpecies.set(kind, new Set());
        bySpecies.get(kind).add(rr);
        if (all.size <= KEPT_DISTANCES) all.add(rr);
        pointCount++;
      }
      for (const distances of bySpecies.values()) columns += distances.size;
      centres++;
    }
  }
  return { centres, points: pointCount / centres, columns: columns / centres, distances: all.size };
}
