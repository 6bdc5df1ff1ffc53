/**
 * What scripts/checkBrowser.mjs runs everywhere: on a page and in a worker, bundled; in Deno, Bun and Node as it is. It uses nothing that
 * one of them lacks.
 */
import { PowerSpectrum, powerSpectrumDerivatives } from 'soapstream/soap';
import { pageJob } from './pageJob.mjs';

export { pageJob };

/** Of each case the time is the least of so many. */
const ROUNDS = 5;

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {import('#dist/soap/index.js').SoapOptions} options
 * @property {{ points: number[], cell?: { vectors: number[] } }[]} clouds every point is a centre
 * @property {boolean} [hasDerivatives] whether derivatives of the first cloud follow the rows
 */

/** @param {readonly Case[]} cases @param {readonly string[]} kernels */
export function describeAll(cases, kernels) {
  return cases.flatMap((each) => kernels.map((kernel) => describe(each, kernel)));
}

/** @param {Case} given @param {any} kernel */
function describe({ name, options, clouds, hasDerivatives }, kernel) {
  try {
    const spectrum = new PowerSpectrum({ ...options, kernel });
    const numbers = clouds.map(({ points, cell }) => ({ points: Float64Array.from(points), cell }));
    const nCenters = numbers.reduce((sum, { points }) => sum + points.length / 3, 0);
    let seconds = Infinity;
    let results = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      results = numbers.map(({ points, cell }) => spectrum.compute(points, points, { cell }));
      seconds = Math.min(seconds, (performance.now() - start) / 1000);
    }
    if (hasDerivatives) {
      const { points, cell } = numbers[0];
      results.push(powerSpectrumDerivatives(points, points, { ...options, kernel }, { cell }).derivatives);
    }
    return { name, kernel, hash: hashOf(results), microseconds: (1e6 * seconds) / nCenters };
  } catch (error) {
    return { name, kernel, error: String(error) };
  }
}

/** FNV-1a with 64 bits, of all bytes. @param {readonly Float64Array[]} arrays */
function hashOf(arrays) {
  let hash = 0xcbf29ce484222325n;
  for (const word of arrays.flatMap((array) => Array.from(new BigUint64Array(array.buffer)))) {
    hash = BigInt.asUintN(64, (hash ^ word) * 0x100000001b3n);
  }
  return hash.toString(16);
}

/** On a page cases are asked for by name; a worker is sent them. */
if (typeof document === 'object') Object.assign(globalThis, { describeAll, pageJob });
else if (typeof WorkerGlobalScope === 'function') {
  const answer = ({ cases, kernels, job }) => (job ? pageJob(job) : describeAll(cases, kernels));
  globalThis.addEventListener('message', ({ data }) => {
    void Promise.resolve(answer(data)).then((answered) => globalThis.postMessage(answered, {}));
  });
}
