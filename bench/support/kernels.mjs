import { PowerSpectrum } from '#dist/soap/index.js';
import { isSupported } from '#dist/soap/wasmModule.js';

/**
 * @typedef {object} Variant of the kernel
 * @property {string} name
 * @property {'plain' | 'wasm' | 'wasmRelaxed'} kernel
 * @property {'float64' | 'float32'} arithmetic
 */

/** @type {Variant[]} all that this engine can run; the plain one first */
export const VARIANTS = [
  variant('plain', 'float64'),
  ...['wasm', 'wasmRelaxed']
    .filter(isSupported)
    .flatMap((kernel) => [variant(kernel, 'float64'), variant(kernel, 'float32')]),
];

/** @param {Variant['kernel']} kernel @param {Variant['arithmetic']} arithmetic @returns {Variant} */
function variant(kernel, arithmetic) {
  return { name: kernel === 'plain' ? kernel : `${kernel} ${arithmetic}`, kernel, arithmetic };
}

/** Says so if a variant is missing. */
export function reportMissing() {
  if (isSupported('wasmRelaxed')) return;
  console.log(`wasmRelaxed: Node ${process.versions.node} does not run relaxed SIMD`);
}

/** @param {import('./cases.mjs').Case} benchmark @param {Variant} variant */
export function spectrumOf({ options }, { kernel, arithmetic }) {
  return new PowerSpectrum({ ...options, kernel, arithmetic });
}

/**
 * Seconds for all clouds, each point a centre, on this thread.
 *
 * @param {PowerSpectrum} spectrum
 * @param {readonly import('./cases.mjs').Cloud[]} clouds
 * @param {Float64Array} [rows] that all clouds write to; without it a new array for each
 */
export function secondsFor(spectrum, clouds, rows) {
  const start = performance.now();
  for (const { points, species } of clouds) {
    const out = rows?.subarray(0, (points.length / 3) * spectrum.featureCount);
    spectrum.compute(points, points, { species, out });
  }
  return (performance.now() - start) / 1000;
}

/** Room for the rows of the largest cloud. @param {PowerSpectrum} spectrum @param {readonly import('./cases.mjs').Cloud[]} clouds */
export function roomFor(spectrum, clouds) {
  return new Float64Array(Math.max(...clouds.map(({ points }) => points.length / 3)) * spectrum.featureCount);
}
