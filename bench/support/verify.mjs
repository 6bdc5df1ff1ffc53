import { readFileSync } from 'node:fs';
import { quantilesInPlace } from '#dist/stats/quantiles.js';
import { benchmarkCases } from './cases.mjs';
import { mnistCloud, PAPER } from './mnist.mjs';
import { spectrumOf, VARIANTS } from './kernels.mjs';

/** Of a row's maximum: two orders above what DScribe's own rounding amounts to where radial functions crowd (nMax 8, rCut 5). */
export const FLOAT64_TOLERANCE = 1e-9;
/**
 * What the float32 variants may be off by. Of MNIST, a thousandth of each component's interquartile range, as `Arithmetic` promises:
 * what matters once descriptors are rescaled. Components of rare pairs of species hardly have a range, so that of molecules it is a
 * hundred units of float32 at the row's maximum.
 */
const FLOAT32_TOLERANCES = { components: 1e-3, rows: 1e-5 };
/** Clouds of each case that the variants are compared on, and centres of each of these. */
const SAMPLE = { clouds: 200, centers: 12 };

/**
 * The rows of test/data/soap.json that have the paper's options, which DScribe computed, against every float64 variant.
 *
 * @returns {boolean} whether all agree
 */
export function verifyGolden() {
  const { cases } = JSON.parse(readFileSync(new URL('../../test/data/soap.json', import.meta.url), 'utf8'));
  const golden = cases.filter(({ name }) => name.endsWith('-paper'));
  const results = VARIANTS.filter(({ arithmetic }) => arithmetic === 'float64').map((variant) => {
    const spectrum = spectrumOf({ options: PAPER }, variant);
    let worst = golden.length === 0 ? Infinity : 0;
    for (const { mnist, centers, expected } of golden) {
      const actual = spectrum.compute(mnistCloud(mnist.index), Float64Array.from(centers.flat()));
      worst = Math.max(worst, differenceOfRows(actual, Float64Array.from(expected.flat()), spectrum.featureCount));
    }
    return { name: variant.name, worst };
  });
  return results
    .map(({ name, worst }) =>
      tell(`rows of test/data/soap.json, ${name}`, worst, FLOAT64_TOLERANCE, 'of the row maximum'),
    )
    .every(Boolean);
}

/**
 * Every variant against the plain kernel, on clouds and centres spread evenly over each case.
 *
 * @returns {boolean} whether all agree
 */
export function verifyVariants() {
  return benchmarkCases(SAMPLE.clouds).flatMap(verifyCase).every(Boolean);
}

/** @param {import('./cases.mjs').Case} benchmark @returns {boolean[]} */
function verifyCase(benchmark) {
  const { name, clouds, options, isMnist } = benchmark;
  const [plain, ...variants] = VARIANTS;
  const expected = sampleRows(spectrumOf(benchmark, plain), clouds, SAMPLE.centers);
  return variants.map((variant) => {
    const spectrum = spectrumOf(benchmark, variant);
    const F = spectrum.featureCount;
    const actual = sampleRows(spectrum, clouds, SAMPLE.centers);
    const what = `${name}, ${variant.name} and plain, ${expected.length / F} rows`;
    if (variant.arithmetic === 'float32' && isMnist) {
      const { worst, component } = differenceOfComponents(actual, expected, F);
      const where = `of the interquartile range of ${componentName(component, options)}, the worst`;
      return tell(what, worst, FLOAT32_TOLERANCES.components, where);
    }
    const tolerance = variant.arithmetic === 'float64' ? FLOAT64_TOLERANCE : FLOAT32_TOLERANCES.rows;
    return tell(what, differenceOfRows(actual, expected, F), tolerance, 'of the row maximum');
  });
}

/**
 * @param {import('#dist/soap/index.js').PowerSpectrum} spectrum
 * @param {readonly import('./cases.mjs').Cloud[]} clouds
 * @param {number} perCloud centres, or all where a cloud has fewer
 */
function sampleRows(spectrum, clouds, perCloud) {
  const parts = clouds.map(({ points, species }) =>
    spectrum.compute(points, spreadCenters(points, perCloud), { species }),
  );
  const rows = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    rows.set(part, at);
    at += part.length;
  }
  return rows;
}

/**
 * @param {Float64Array} points N×3
 * @param {number} count
 * @returns {Float64Array} so many of them, evenly spread, or all
 */
export function spreadCenters(points, count) {
  const nPoints = points.length / 3;
  if (nPoints <= count) return points;
  const centers = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const point = Math.floor(((i + 0.5) * nPoints) / count);
    centers.set(points.subarray(3 * point, 3 * point + 3), 3 * i);
  }
  return centers;
}

/**
 * @param {Float64Array} actual
 * @param {Float64Array} expected
 * @param {number} F components of a row
 * @returns {number} the largest difference, relative to the maximum of its row; NaN where a value is
 */
export function differenceOfRows(actual, expected, F) {
  if (actual.length !== expected.length) return NaN;
  let worst = 0;
  for (let start = 0; start < expected.length; start += F) {
    let [difference, scale] = [0, 0];
    for (let i = start; i < start + F; i++) {
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
      scale = Math.max(scale, Math.abs(expected[i]));
    }
    worst = Math.max(worst, difference / scale);
  }
  return worst;
}

/**
 * The largest difference relative to the interquartile range of its component; NaN where a value is.
 *
 * @param {Float64Array} actual
 * @param {Float64Array} expected
 * @param {number} F components of a row
 * @returns {{ worst: number, component: number }} that, and where
 */
function differenceOfComponents(actual, expected, F) {
  let [worst, component] = [0, 0];
  const values = new Float64Array(expected.length / F);
  for (let k = 0; k < F; k++) {
    let difference = 0;
    for (let row = 0; row < values.length; row++) {
      values[row] = expected[row * F + k];
      difference = Math.max(difference, Math.abs(actual[row * F + k] - values[row]));
    }
    const [q25, q75] = quantilesInPlace(values, [0.25, 0.75]);
    const error = difference / (q75 - q25);
    if (error <= worst || Number.isNaN(worst)) continue;
    [worst, component] = [error, k];
  }
  return { worst, component };
}

/**
 * Of one species.
 *
 * @param {number} component
 * @param {import('#dist/soap/index.js').SoapOptions} options
 */
function componentName(component, { nMax }) {
  const perDegree = (nMax * (nMax + 1)) / 2;
  const l = Math.floor(component / perDegree);
  let n = 1;
  let rest = component % perDegree;
  for (; rest > nMax - n; n++) rest -= nMax - n + 1;
  return `component ${component} (l ${l}, n ${n}, n' ${n + rest})`;
}

/** @param {string} what @param {number} worst @param {number} tolerance @param {string} unit @returns {boolean} */
export function tell(what, worst, tolerance, unit) {
  const agrees = worst <= tolerance;
  console.log(
    `${agrees ? 'verified' : 'WRONG'}: ${what}: ${worst.toExponential(1)} ${unit}, at most ${tolerance.toExponential(0)} allowed`,
  );
  return agrees;
}
