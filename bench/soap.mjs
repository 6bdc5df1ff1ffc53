/**
 * Centres per second of the SOAP kernels on one thread: MNIST with the paper's options, and random molecules.
 *
 *     npm run build && node bench/soap.mjs [images] [--rounds 5] [--compare [--python interpreter]]
 *
 * MNIST images lie on a lattice, where many points are at the same distance from a centre. Their radial functions are the same,
 * so the WebAssembly kernels add their harmonics up first and multiply once; with noise on the coordinates no distance occurs
 * twice, and every point is multiplied by itself. Molecules have few neighbours, and with species four densities instead of one.
 *
 * Before timing, rows are compared with those that DScribe gave (test/data/soap.json), and all kernels with the plain one; the exit
 * code is 1 if they disagree. In each round all kernels take their turn on the same clouds, so that ratios are of neighbours in
 * time; figures are medians over the rounds. The peak is what this thread can multiply and add, as bench/soapRoofline.mjs
 * measures it, and work is counted after points at equal distance have been summed.
 *
 * The kernels write the rows of all clouds to one array, `out`, as a program may that is done with them; "new rows" is a new array for each
 * cloud, whose memory the system has to find first. DScribe makes a new one.
 *
 * --compare  runs DScribe on one thread on the same clouds in the same rounds, and compares rows of both. Without --python it is
 *            installed from the Python Package Index into an environment that is thrown away.
 */
import { parseArgs } from 'node:util';
import { measurePeaks, peakOf } from './roofline/peaks.mjs';
import { flopsPerCentre, totalFlops } from './roofline/flops.mjs';
import { benchmarkCases, centreCount } from './support/cases.mjs';
import { inTurns, speedUp } from './support/contest.mjs';
import { DScribe } from './support/dscribe.mjs';
import { reportMissing, roomFor, secondsFor, spectrumOf, VARIANTS } from './support/kernels.mjs';
import { countArgument, median } from './support/numbers.mjs';
import { digits, printTable } from './support/table.mjs';
import { differenceOfRows, FLOAT64_TOLERANCE, tell, verifyGolden, verifyVariants } from './support/verify.mjs';

/** In float64. */
const FASTEST = VARIANTS.findLast(({ arithmetic }) => arithmetic === 'float64');
/** Clouds of each case, and centres of each of these, whose rows are compared with DScribe's. */
const COMPARED = { clouds: 5, centers: 8 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, compare: { type: 'boolean', default: false }, python: { type: 'string' } },
});
const images = countArgument('images', positionals[0], 50);
const rounds = countArgument('rounds', values.rounds, 5);

const cases = benchmarkCases(images);
reportMissing();
let agree = [verifyGolden(), verifyVariants()].every(Boolean);
const peaks = await measurePeaks();
const dscribe = values.compare ? await DScribe.start(cases, values.python) : undefined;
try {
  for (const [index, benchmark] of cases.entries()) {
    if (dscribe) agree = (await agreesWithDScribe(index)) && agree;
    report(benchmark, await measure(benchmark, index));
  }
} finally {
  await dscribe?.close();
}
if (!agree) process.exitCode = 1;

/**
 * @param {number} index of a case
 * @returns {Promise<boolean>}
 */
async function agreesWithDScribe(index) {
  const { name, clouds } = cases[index];
  const spectrum = spectrumOf(cases[index], FASTEST);
  let [worst, count] = [0, 0];
  for (let i = 0; i < Math.min(COMPARED.clouds, clouds.length); i++) {
    const cloud = Math.floor((i * clouds.length) / COMPARED.clouds);
    const { points, species } = clouds[cloud];
    const centers = spreadIndices(points.length / 3, COMPARED.centers);
    const theirs = await dscribe.rows(index, cloud, centers);
    const ours = spectrum.compute(
      points,
      Float64Array.from(centers.flatMap((center) => [...points.subarray(3 * center, 3 * center + 3)])),
      { species },
    );
    worst = Math.max(worst, differenceOfRows(ours, Float64Array.from(theirs.flat()), spectrum.featureCount));
    count += centers.length;
  }
  return tell(`${name}, ${FASTEST.name} and DScribe, ${count} rows`, worst, FLOAT64_TOLERANCE, 'of the row maximum');
}

/** @param {number} length @param {number} count @returns {number[]} indices below length, evenly spread */
function spreadIndices(length, count) {
  const n = Math.min(length, count);
  return Array.from({ length: n }, (_, i) => Math.floor(((i + 0.5) * length) / n));
}

/**
 * @param {import('./support/cases.mjs').Case} benchmark
 * @param {number} index of the case
 * @returns {Promise<Map<string, number[]>>} seconds of each round, by variant or DScribe
 */
function measure(benchmark, index) {
  const contestants = VARIANTS.map((variant) => {
    const spectrum = spectrumOf(benchmark, variant);
    const rows = roomFor(spectrum, benchmark.clouds);
    return { name: variant.name, run: () => secondsFor(spectrum, benchmark.clouds, rows) };
  });
  const spectrum = spectrumOf(benchmark, FASTEST);
  contestants.push({ name: `${FASTEST.name}, new rows`, run: () => secondsFor(spectrum, benchmark.clouds) });
  if (dscribe) contestants.push({ name: dscribeName(), run: () => dscribe.seconds(index) });
  return inTurns(contestants, rounds);
}

/**
 * @param {import('./support/cases.mjs').Case} benchmark
 * @param {Map<string, number[]>} seconds
 */
function report(benchmark, seconds) {
  const { name, options, clouds } = benchmark;
  const centres = centreCount(clouds);
  const { rCut, nMax, lMax, sigma } = options;
  console.log(
    `\n${name}: ${clouds.length} clouds, ${centres} centres; rCut ${rCut}, nMax ${nMax}, lMax ${lMax}, sigma ${sigma}; ${rounds} rounds`,
  );
  const columns = [
    ['', (contestant) => contestant],
    ['µs/centre', (contestant) => digits((1e6 * median(seconds.get(contestant))) / centres)],
    ['centres/s', (contestant) => (centres / median(seconds.get(contestant))).toFixed(0)],
    ['× plain', (contestant) => speedUp(seconds, contestant, 'plain')],
    ['of the peak', (contestant) => shareOfPeak(benchmark, contestant, median(seconds.get(contestant)) / centres)],
  ];
  if (dscribe) columns.splice(4, 0, ['× DScribe', (contestant) => speedUp(seconds, contestant, dscribeName())]);
  printTable(
    columns.map(([heading]) => heading),
    [...seconds.keys()].map((contestant) => columns.map(([, cell]) => cell(contestant))),
  );
}

function dscribeName() {
  return `DScribe ${dscribe.version}`;
}

/**
 * GFlop/s and what share of the peak that is, of the WebAssembly kernels.
 *
 * @param {import('./support/cases.mjs').Case} benchmark
 * @param {string} contestant
 * @param {number} time seconds a centre
 */
function shareOfPeak(benchmark, contestant, time) {
  const variant = VARIANTS.find(({ name, kernel }) => name === contestant && kernel !== 'plain');
  if (!variant) return '';
  const rate = totalFlops(flopsPerCentre(benchmark, variant.arithmetic, true)) / time / 1e9;
  const peak = peakOf(peaks, variant).best;
  return `${((100 * rate) / peak).toFixed(0)} %: ${rate.toFixed(1)} of ${peak.toFixed(1)} GFlop/s`;
}
