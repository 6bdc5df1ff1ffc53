import { compileString } from 'assemblyscript/asc';
import { isSupported } from '#dist/soap/wasmModule.js';
import { CHAINS, COLUMNS, rooflineSource, TILE } from './source.mjs';

/** One measurement takes about so long, and the best of so many counts: anything else that runs only makes it slower. */
const SECONDS = 0.01;
const REPEATS = 12;
/** Calls after which V8 has compiled a function with its best compiler. */
const WARM_UP = 4000;

/**
 * @typedef {object} Peak of one kind of arithmetic, GFlop/s on one thread
 * @property {'float64' | 'float32'} arithmetic
 * @property {boolean} isFused
 * @property {number} chains of register-only recurrences
 * @property {number} tile of the kernel's pattern, with loads from the first-level cache
 * @property {number} best of both
 */

/** @returns {Promise<Peak[]>} what this engine can run: float64 and float32, without and with fused multiplication and addition */
export async function measurePeaks() {
  const peaks = [];
  for (const isFused of [false, true]) {
    if (!isSupported(isFused ? 'wasmRelaxed' : 'wasm')) continue; // asking lets Node 20 run relaxed SIMD
    const { instance } = await WebAssembly.instantiate(await compile(isFused));
    const { exports } = instance;
    for (const arithmetic of ['float64', 'float32']) {
      const type = arithmetic === 'float64' ? 'f64' : 'f32';
      const lanes = arithmetic === 'float64' ? 2 : 4;
      fill(exports, arithmetic);
      const chains = await rate(exports[`chains_${type}`], 2 * lanes * CHAINS);
      const tile = await rate(exports[`tile_${type}`], 2 * lanes * TILE.vectors * TILE.harmonics * COLUMNS);
      peaks.push({ arithmetic, isFused, chains, tile, best: Math.max(chains, tile) });
    }
  }
  return peaks;
}

/**
 * The peak that a variant of the kernel is measured against.
 *
 * @param {readonly Peak[]} peaks
 * @param {import('../support/kernels.mjs').Variant} variant in WebAssembly
 */
export function peakOf(peaks, { kernel, arithmetic }) {
  return peaks.find((peak) => peak.arithmetic === arithmetic && peak.isFused === (kernel === 'wasmRelaxed'));
}

/** @param {boolean} isFused */
async function compile(isFused) {
  const { error, binary, stderr } = await compileString(rooflineSource(isFused), {
    optimizeLevel: 3,
    runtime: 'stub',
    noAssert: true,
    enable: isFused ? ['simd', 'relaxed-simd'] : ['simd'],
  });
  if (error)
    throw new Error(`the roofline does not compile: ${Buffer.from(stderr.toBuffer()).toString()}`, { cause: error });
  return binary;
}

/**
 * Numbers below 1 everywhere, so that recurrences converge and sums stay finite; no subnormal ones, which are slow.
 *
 * @param {WebAssembly.Exports} exports
 * @param {'float64' | 'float32'} arithmetic
 */
function fill({ memory, address }, arithmetic) {
  const ArrayType = arithmetic === 'float64' ? Float64Array : Float32Array;
  const values = new ArrayType(memory.buffer, address(), (16 * COLUMNS * TILE.vectors) / ArrayType.BYTES_PER_ELEMENT);
  for (let i = 0; i < values.length; i++) values[i] = 0.5 + 0.25 * Math.sin(i);
}

/**
 * @param {(passes: number) => void} run
 * @param {number} flops of a pass
 * @returns {Promise<number>} GFlop/s
 */
async function rate(run, flops) {
  for (let i = 0; i < WARM_UP; i++) run(1);
  await new Promise((resolve) => setTimeout(resolve, 50)); // V8 compiles on another thread
  let passes = 1000;
  while (seconds(run, passes) < SECONDS) passes *= 2;
  let least = Infinity;
  for (let i = 0; i < REPEATS; i++) least = Math.min(least, seconds(run, passes));
  return (flops * passes) / least / 1e9;
}

/** @param {(passes: number) => void} run @param {number} passes */
function seconds(run, passes) {
  const start = performance.now();
  run(passes);
  return (performance.now() - start) / 1000;
}
