/**
 * How the cost of a centre grows: with the points in reach, with nMax, with lMax, and with the size of the cloud at constant density.
 *
 *     npm run build && node bench/soapScaling.mjs [rounds]
 *
 * One thread, float64, the kernel that `auto` chooses. Rows of every line are verified first: against the plain kernel, and in the
 * large clouds against clouds that hold nothing but the points in reach, which a search through all points has found. The exit
 * code is 1 if they differ. Times are medians; ratios are to the first line, and beside them what the quantity itself grows by.
 */
import { PowerSpectrum } from '#dist/soap/index.js';
import { cutoffRadius, MAX_L } from '#dist/soap/options.js';
import { SequentialRandom } from '#dist/learning/random.js';
import { countArgument, median } from './support/numbers.mjs';
import { digits, printTable } from './support/table.mjs';
import { differenceOfRows, FLOAT64_TOLERANCE, spreadCenters } from './support/verify.mjs';

const OPTIONS = { rCut: 5, nMax: 8, lMax: 6, sigma: 0.5 };
const POINTS = 150; // where the number of points does not vary
const NEAR = { rCut: 2, nMax: 8, lMax: 6, sigma: 0.5 }; // for constant density
const DENSITY = 0.1; // points per unit of volume, as of atoms per Å³
const CENTRES = 2000; // of a large cloud
const CHECKED = 16; // centres whose rows are verified
const SECONDS = 0.1; // for which a measurement lasts at least
const rounds = countArgument('rounds', process.argv[2], 5);

let worst = 0;

const counts = [20, 50, 100, 200, 500, 1000, 2000];
report(
  'points, all in reach',
  counts,
  counts.map((count) => costOfBall(OPTIONS, count)),
  (count) => count,
);
const radial = [2, 4, 6, 8, 10, 12, 14, 16, 18, 20];
report(
  'nMax',
  radial,
  radial.map((nMax) => costOfBall({ ...OPTIONS, nMax }, POINTS)),
  (nMax) => nMax,
);
const angular = [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 30, 40, MAX_L];
report(
  'lMax',
  angular,
  angular.map((lMax) => costOfBall({ ...OPTIONS, lMax }, POINTS)),
  (lMax) => (lMax + 1) ** 2,
  '(lMax+1)²',
);
reportLargeClouds([1000, 3000, 10_000, 30_000, 100_000]);

const agrees = worst <= FLOAT64_TOLERANCE;
console.log(
  `\n${agrees ? 'verified' : 'WRONG'}: rows of all lines: ${worst.toExponential(1)} of the row maximum, at most ${FLOAT64_TOLERANCE.toExponential(0)} allowed`,
);
if (!agrees) process.exitCode = 1;

/**
 * Seconds a centre among points in a ball so small that all of them are in reach of each other.
 *
 * @param {import('#dist/soap/index.js').SoapOptions} options
 * @param {number} count
 */
function costOfBall(options, count) {
  const points = ballOf(count, options.rCut / 2);
  const spectrum = new PowerSpectrum(options);
  const plain = new PowerSpectrum({ ...options, kernel: 'plain' });
  const few = spreadCenters(points, CHECKED);
  expectSame(spectrum.compute(points, few), plain.compute(points, few), spectrum.featureCount);
  const centers = spreadCenters(points, 100);
  const out = new Float64Array((centers.length / 3) * spectrum.featureCount);
  const index = spectrum.index(points);
  return secondsOf(() => spectrum.computeIndexed(index, centers, out)) / (centers.length / 3);
}

/** @param {number[]} sizes */
function reportLargeClouds(sizes) {
  const spectrum = new PowerSpectrum(NEAR);
  const costs = sizes.map((count) => {
    const side = (count / DENSITY) ** (1 / 3);
    const random = new SequentialRandom(count, 1);
    const points = Float64Array.from({ length: 3 * count }, () => side * random.uniform());
    const index = spectrum.index(points);
    checkNeighbours(spectrum, points);
    const centers = spreadCenters(points, CENTRES);
    const out = new Float64Array((centers.length / 3) * spectrum.featureCount);
    return {
      index: secondsOf(() => spectrum.index(points)) / count,
      centre: secondsOf(() => spectrum.computeIndexed(index, centers, out)) / (centers.length / 3),
    };
  });
  console.log(
    `\n${DENSITY} points per unit of volume, rCut ${NEAR.rCut}, nMax ${NEAR.nMax}, lMax ${NEAR.lMax}, sigma ${NEAR.sigma}: points in reach are ${inReach().toFixed(0)} away from the faces`,
  );
  printTable(
    ['points', 'µs/centre', 'ratio', 'µs/point to index'],
    sizes.map((size, i) => [
      String(size),
      digits(1e6 * costs[i].centre),
      digits(costs[i].centre / costs[0].centre),
      digits(1e6 * costs[i].index),
    ]),
  );
}

/** Points in reach of a centre on average. */
function inReach() {
  return (4 / 3) * Math.PI * cutoffRadius(NEAR) ** 3 * DENSITY;
}

/**
 * Rows of a cloud against those of only the points in reach of each centre.
 *
 * @param {PowerSpectrum} spectrum
 * @param {Float64Array} points
 */
function checkNeighbours(spectrum, points) {
  const limit = cutoffRadius(NEAR);
  const plain = new PowerSpectrum({ ...NEAR, kernel: 'plain' });
  const centers = spreadCenters(points, CHECKED);
  const expected = new Float64Array(CHECKED * spectrum.featureCount);
  for (let c = 0; c < CHECKED; c++) {
    const center = centers.slice(3 * c, 3 * c + 3);
    const near = [];
    for (let p = 0; p < points.length; p += 3) {
      const point = points.subarray(p, p + 3);
      if (Math.hypot(point[0] - center[0], point[1] - center[1], point[2] - center[2]) <= limit) near.push(...point);
    }
    expected.set(plain.compute(Float64Array.from(near), center), c * spectrum.featureCount);
  }
  expectSame(spectrum.compute(points, centers), expected, spectrum.featureCount);
}

/** @param {Float64Array} actual @param {Float64Array} expected @param {number} F components of a row */
function expectSame(actual, expected, F) {
  worst = Math.max(worst, differenceOfRows(actual, expected, F)); // NaN stays
}

/** @param {number} count @param {number} radius @returns {Float64Array} points evenly spread in a ball */
function ballOf(count, radius) {
  const random = new SequentialRandom(count, 0);
  const points = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const z = 2 * random.uniform() - 1;
    const angle = 2 * Math.PI * random.uniform();
    const r = radius * Math.cbrt(random.uniform());
    const inPlane = r * Math.sqrt(1 - z * z);
    points.set([inPlane * Math.cos(angle), inPlane * Math.sin(angle), r * z], 3 * i);
  }
  return points;
}

/** @param {() => void} task @returns {number} the median time of one call, in seconds */
function secondsOf(task) {
  task();
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    let calls = 0;
    let elapsed = 0;
    while (elapsed < SECONDS) {
      task();
      calls++;
      elapsed = (performance.now() - start) / 1000;
    }
    return elapsed / calls;
  });
  return median(times);
}

/**
 * @param {string} name of the quantity
 * @param {number[]} quantities
 * @param {number[]} costs seconds a centre
 * @param {(quantity: number) => number} expected what the leading part of the work is proportional to
 * @param {string} [law] its name, if it is not the quantity itself
 */
function report(name, quantities, costs, expected, law = name.split(',')[0]) {
  const fixed = { points: POINTS, ...OPTIONS };
  const others = Object.entries(fixed).filter(([key]) => key !== name.split(',')[0]);
  console.log(`\n${name}; ${others.map(([key, value]) => `${key} ${value}`).join(', ')}`);
  printTable(
    [name.split(',')[0], 'µs/centre', 'ratio', `ratio of ${law}`],
    quantities.map((quantity, i) => [
      String(quantity),
      digits(1e6 * costs[i]),
      digits(costs[i] / costs[0]),
      digits(expected(quantity) / expected(quantities[0])),
    ]),
  );
}
