import { type CheckedSoapOptions, featureCount } from '../options.js';
import type { WasmKernel } from '../wasmKernel.js';
import type { KernelExports } from '../wasmModule.js';
import { CENTER_RADIUS, weightFunction, weightSlope } from '../weighting.js';
import { gradientFactors } from './harmonicGradients.js';
import type { PointDerivatives } from './pointDerivatives.js';
import { sharesOf } from './shares.js';
import { root } from '../radial/powers.js';

/** What `differentiateBlock` calls the sides. */
const SIDES = { left: 0, right: 1, both: 2 };

/**
 * The derivatives in WebAssembly: the host of `../assembly/derivatives.ts`.
 * @param kernel in float64; it has not seen a cloud yet
 */
export function wasmPointDerivatives(options: CheckedSoapOptions, { wasm }: WasmKernel): PointDerivatives {
  const { lMax, radialBasis, speciesWeighting, weighting } = options;
  const size = featureCount(options);
  const shares = sharesOf(options); // of each channel
  const weightOf = weighting && weightFunction(weighting, CENTER_RADIUS[radialBasis]);
  const weightSlopeOf = weighting && weightSlope(weighting, CENTER_RADIUS[radialBasis]);
  wasm.configureDerivatives(size);
  writeFactors(wasm, lMax);
  let lastChannel = 0;

  const row = (number: number): Float64Array => new Float64Array(wasm.memory.buffer, wasm.gradientRow(number), size);
  const views = () => ({ ofPoint: [row(0), row(1), row(2)], ofSum: [row(3), row(4), row(5)] });
  let rows = views();
  const rowsNow = (): typeof rows => {
    if (rows.ofSum[0]!.length === 0) rows = views(); // the memory has grown
    return rows;
  };

  return {
    differentiate(channel, x, y, z, scale) {
      if (channel !== lastChannel) wasm.clearGradient();
      lastChannel = channel;
      const r = Math.sqrt(x * x + y * y + z * z);
      const inverse = r === 0 ? 0 : 1 / r;
      // The coefficients have the other root of the scale.
      const factor = Math.sqrt(scale) * (speciesWeighting?.[channel] ?? 1);
      const weight = factor * (weightOf?.(r) ?? 1);
      const slope = factor * (weightSlopeOf?.(r) ?? 0);
      wasm.setPoint(x * inverse, y * inverse, z * inverse, r, weight, slope);
      for (const { side, other, start, length, isSecond } of shares[channel]!) {
        wasm.differentiateBlock(SIDES[side], other, start, length, isSecond);
      }
    },
    write(target) {
      for (const [axis, values] of rowsNow().ofPoint.entries()) target.set(values, axis * size);
    },
    add(target) {
      for (const [axis, values] of rowsNow().ofPoint.entries()) {
        for (let i = 0; i < size; i++) target[axis * size + i]! += values[i]!;
      }
    },
    subtractSum(target) {
      for (const [axis, values] of rowsNow().ofSum.entries()) {
        for (let i = 0; i < size; i++) target[axis * size + i]! -= values[i]!;
      }
      wasm.clearGradientSum();
    },
  };
}

/** Those of the harmonics, for what the norms have of each l beyond the l before. */
function writeFactors(wasm: KernelExports, lMax: number): void {
  const { a, u, d } = gradientFactors(lMax);
  const target = new Float64Array(wasm.memory.buffer, wasm.gradientFactors(), (3 * (lMax + 1) * (lMax + 2)) / 2);
  for (let l = 0, to = 0; l <= lMax; l++) {
    const beyond = l === 0 ? 0 : root((2 * l - 1) / (2 * l + 1), 4); // of √(π√(8/(2l+1)))
    for (let m = 0; m <= l; m++) {
      for (const factors of [a, u, d]) target[to++] = beyond * factors[l * l + l + m]!;
    }
  }
}
