/**
 * Analytic derivatives of the power spectrum on one thread: random molecules, every atom a centre that moves along with it.
 *
 *     npm run build && node bench/soapDerivatives.mjs [molecules] [--rounds 5] [--compare [--python interpreter]]
 *
 * Before timing, the derivatives of the smallest molecule are compared with those of the plain kernel and with DScribe's; the exit code is 1
 * if they disagree. In each round all take their turn on the same molecules; figures are medians over the rounds.
 *
 * The kernels write the derivatives of all molecules to one array, `out`, as a program may that is done with them; "new arrays" has new ones
 * for each molecule, whose memory the system has to find first. DScribe makes new ones.
 *
 * --compare  runs DScribe, its analytical derivatives, on one thread in the same rounds. Without --python it is installed from the Python
 *            Package Index into an environment that is thrown away.
 */
import { parseArgs } from 'node:util';
import { featureCount, powerSpectrumDerivatives } from '#dist/soap/index.js';
import { benchmarkCases } from './support/cases.mjs';
import { inTurns, speedUp } from './support/contest.mjs';
import { DScribe } from './support/dscribe.mjs';
import { reportMissing, VARIANTS } from './support/kernels.mjs';
import { countArgument, median } from './support/numbers.mjs';
import { digits, printTable } from './support/table.mjs';
import { differenceOfRows, FLOAT64_TOLERANCE, tell } from './support/verify.mjs';

/** Those of larger molecules would fill the memory: with four species 43 kB for each two atoms. */
const MOST_ATOMS = 60;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, compare: { type: 'boolean', default: false }, python: { type: 'string' } },
});
const molecules = countArgument('molecules', positionals[0], 10);
const rounds = countArgument('rounds', values.rounds, 5);
const kernels = VARIANTS.filter(({ arithmetic }) => arithmetic === 'float64').map(({ kernel }) => kernel);
const fastest = kernels.at(-1);

const cases = smallMolecules();
reportMissing();
const dscribe = values.compare ? await DScribe.start(cases, values.python) : undefined;
let agree = true;
try {
  for (const [index, benchmark] of cases.entries()) {
    agree = (await verify(benchmark, index)) && agree;
    report(benchmark, await measure(benchmark, index));
  }
} finally {
  await dscribe?.close();
}
if (!agree) process.exitCode = 1;

/** @returns {import('./support/cases.mjs').Case[]} */
function smallMolecules() {
  const ofMolecules = benchmarkCases(10 * molecules).filter(({ isMnist }) => !isMnist);
  for (const benchmark of ofMolecules) {
    const small = benchmark.clouds.filter(({ points }) => points.length / 3 <= MOST_ATOMS);
    if (small.length < molecules) throw new RangeError(`expected ${molecules} molecules, found ${small.length}`);
    benchmark.clouds = small.slice(0, molecules);
  }
  return ofMolecules;
}

/**
 * @param {import('./support/cases.mjs').Case} benchmark
 * @param {number} index of the case
 * @returns {Promise<boolean>}
 */
async function verify({ name, options, clouds }, index) {
  const smallest = clouds.reduce((a, b) => (a.points.length <= b.points.length ? a : b));
  const length = 3 * featureCount(options) * (smallest.points.length / 3); // of all derivatives of a row
  const of = (kernel) => differentiate(smallest, { ...options, kernel }).derivatives;
  const theirs = dscribe && Float64Array.from((await dscribe.derivatives(index, clouds.indexOf(smallest))).flat());
  const found = of(fastest);
  const what = `${name}, ${fastest}, ${smallest.points.length / 3} atoms:`;
  const where = "of the largest of the centre's";
  const agreements = [tell(`${what} plain`, differenceOfRows(found, of('plain'), length), FLOAT64_TOLERANCE, where)];
  if (theirs)
    agreements.push(tell(`${what} DScribe`, differenceOfRows(found, theirs, length), FLOAT64_TOLERANCE, where));
  return agreements.every(Boolean);
}

/**
 * @param {import('./support/cases.mjs').Cloud} cloud
 * @param {import('#dist/soap/index.js').SoapOptions} options
 * @param {import('#dist/soap/index.js').PowerSpectrumDerivatives} [out]
 */
function differentiate({ points, species }, options, out) {
  const attach = Array.from({ length: points.length / 3 }, (_, i) => i);
  return powerSpectrumDerivatives(points, points, options, { species, attach, out });
}

/**
 * @param {import('./support/cases.mjs').Case} benchmark
 * @param {number} index of the case
 * @returns {Promise<Map<string, number[]>>} seconds of each round
 */
function measure({ options, clouds }, index) {
  const memory = roomFor(clouds, featureCount(options));
  const contestants = kernels.map((kernel) => ({ name: kernel, run: timed({ ...options, kernel }, clouds, memory) }));
  contestants.push({ name: `${fastest}, new arrays`, run: timed({ ...options, kernel: fastest }, clouds) });
  if (dscribe) contestants.push({ name: dscribeName(), run: () => dscribe.derivativesSeconds(index) });
  return inTurns(contestants, rounds);
}

/**
 * @param {import('#dist/soap/index.js').SoapOptions} options
 * @param {readonly import('./support/cases.mjs').Cloud[]} clouds
 * @param {(cloud: import('./support/cases.mjs').Cloud) => import('#dist/soap/index.js').PowerSpectrumDerivatives} [memory]
 * @returns {() => number} seconds for all clouds
 */
function timed(options, clouds, memory) {
  return () => {
    const start = performance.now();
    for (const cloud of clouds) differentiate(cloud, options, memory?.(cloud));
    return (performance.now() - start) / 1000;
  };
}

/**
 * Arrays for the results of each cloud, all on the memory of the largest.
 *
 * @param {readonly import('./support/cases.mjs').Cloud[]} clouds
 * @param {number} F features
 */
function roomFor(clouds, F) {
  const most = Math.max(...clouds.map(({ points }) => points.length / 3));
  const [rows, derivatives, centers] = [most * F, most * most * 3 * F, most * 3 * F].map((n) => new Float64Array(n));
  return ({ points }) => {
    const n = points.length / 3;
    return {
      powerSpectrum: rows.subarray(0, n * F),
      derivatives: derivatives.subarray(0, n * n * 3 * F),
      centerDerivatives: centers.subarray(0, n * 3 * F),
    };
  };
}

/**
 * @param {import('./support/cases.mjs').Case} benchmark
 * @param {Map<string, number[]>} seconds
 */
function report({ name, options, clouds }, seconds) {
  const atoms = clouds.map(({ points }) => points.length / 3);
  const pairs = atoms.reduce((sum, n) => sum + n * n, 0);
  const { rCut, nMax, lMax, sigma } = options;
  console.log(
    `\n${name}: ${clouds.length} molecules of ${Math.min(...atoms)} to ${Math.max(...atoms)} atoms; rCut ${rCut}, nMax ${nMax}, lMax ${lMax}, sigma ${sigma}; ${rounds} rounds`,
  );
  const columns = [
    ['', (contestant) => contestant],
    ['ms/molecule', (contestant) => digits((1e3 * median(seconds.get(contestant))) / clouds.length)],
    ['µs/pair', (contestant) => digits((1e6 * median(seconds.get(contestant))) / pairs)],
    ['× plain', (contestant) => speedUp(seconds, contestant, 'plain')],
  ];
  if (dscribe) columns.push(['× DScribe', (contestant) => speedUp(seconds, contestant, dscribeName())]);
  printTable(
    columns.map(([heading]) => heading),
    [...seconds.keys()].map((contestant) => columns.map(([, cell]) => cell(contestant))),
  );
}

function dscribeName() {
  return `DScribe ${dscribe.version}`;
}
