import { type CheckedSoapOptions, featureCount } from '../options.js';
import type { WasmKernel } from '../wasmKernel.js';
import type { KernelExports } from '../wasmModule.js';
import { CENTER_RADIUS, weightFunction } from '../weighting.js';
import { gradientFactors } from './harmonicGradients.js';
import type { PointDerivatives } from './pointDerivatives.js';
import { type Share, sharesOf } from './shares.js';
import { weightSlope } from './weightSlope.js';
import { root } from '../radial/powers.js';

/** What `differentiateBlock` calls the sides. */
const SIDES = { left: 0, right: 1, both: 2 };

/** The derivatives in WebAssembly: the host of `../assembly/derivatives.ts`. */
export class WasmPointDerivatives implements PointDerivatives {
  readonly #wasm: KernelExports;
  readonly #featureCount: number;
  readonly #shares: readonly (readonly Share[])[]; // of each channel
  readonly #speciesWeights: readonly number[] | undefined;
  readonly #weight: ((r: number) => number) | undefined;
  readonly #weightSlope: ((r: number) => number) | undefined;
  /** The channel of the last point. */
  #channel = 0;
  #rows: Record<'ofPoint' | 'ofSum', Float64Array[]>;

  /** @param kernel in float64; it has not seen a cloud yet */
  constructor(options: CheckedSoapOptions, kernel: WasmKernel) {
    const { lMax, radialBasis, speciesWeighting, weighting } = options;
    this.#wasm = kernel.wasm;
    this.#featureCount = featureCount(options);
    this.#shares = sharesOf(options);
    this.#speciesWeights = speciesWeighting;
    const centerRadius = CENTER_RADIUS[radialBasis];
    this.#weight = weighting && weightFunction(weighting, centerRadius);
    this.#weightSlope = weighting && weightSlope(weighting, centerRadius);
    this.#wasm.configureDerivatives(this.#featureCount);
    this.#writeFactors(lMax);
    this.#rows = this.#views();
  }

  differentiate(channel: number, x: number, y: number, z: number, scale: number): void {
    const wasm = this.#wasm;
    if (channel !== this.#channel) wasm.clearGradient();
    this.#channel = channel;
    const r = Math.sqrt(x * x + y * y + z * z);
    const inverse = r === 0 ? 0 : 1 / r;
    // The coefficients have the other root of the scale.
    const factor = Math.sqrt(scale) * (this.#speciesWeights?.[channel] ?? 1);
    const weight = factor * (this.#weight?.(r) ?? 1);
    const slope = factor * (this.#weightSlope?.(r) ?? 0);
    wasm.setPoint(x * inverse, y * inverse, z * inverse, r, weight, slope);
    for (const { side, other, start, length, isSecond } of this.#shares[channel]!) {
      wasm.differentiateBlock(SIDES[side], other, start, length, isSecond);
    }
  }

  write(target: Float64Array): void {
    for (const [axis, row] of this.#rowsNow().ofPoint.entries()) target.set(row, axis * this.#featureCount);
  }

  add(target: Float64Array): void {
    for (const [axis, row] of this.#rowsNow().ofPoint.entries()) {
      const start = axis * this.#featureCount;
      for (let i = 0; i < row.length; i++) target[start + i]! += row[i]!;
    }
  }

  subtractSum(target: Float64Array): void {
    for (const [axis, row] of this.#rowsNow().ofSum.entries()) {
      const start = axis * this.#featureCount;
      for (let i = 0; i < row.length; i++) target[start + i]! -= row[i]!;
    }
    this.#wasm.clearGradientSum();
  }

  /** Those of the harmonics, for what the norms have of each l beyond the l before. */
  #writeFactors(lMax: number): void {
    const { a, u, d } = gradientFactors(lMax);
    const target = new Float64Array(
      this.#wasm.memory.buffer,
      this.#wasm.gradientFactors(),
      (3 * (lMax + 1) * (lMax + 2)) / 2,
    );
    for (let l = 0, to = 0; l <= lMax; l++) {
      const beyond = l === 0 ? 0 : root((2 * l - 1) / (2 * l + 1), 4); // of √(π√(8/(2l+1)))
      for (let m = 0; m <= l; m++) {
        for (const factors of [a, u, d]) target[to++] = beyond * factors[l * l + l + m]!;
      }
    }
  }

  #rowsNow(): Record<'ofPoint' | 'ofSum', Float64Array[]> {
    if (this.#rows.ofSum[0]!.length === 0) this.#rows = this.#views(); // the memory has grown
    return this.#rows;
  }

  #views(): Record<'ofPoint' | 'ofSum', Float64Array[]> {
    const wasm = this.#wasm;
    const row = (number: number): Float64Array =>
      new Float64Array(wasm.memory.buffer, wasm.gradientRow(number), this.#featureCount);
    return { ofPoint: [row(0), row(1), row(2)], ofSum: [row(3), row(4), row(5)] };
  }
}
