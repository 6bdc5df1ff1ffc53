import { type Block, channelsOf } from './channels.js';
import { harmonicScales } from './basis/harmonicScales.js';
import { isLattice } from './points/isLattice.js';
import type { Kernel } from './kernel.js';
import { type CheckedSoapOptions, featureCount } from './options.js';
import { MAX_RANGES } from './points/pointIndex.js';
import { radialTable } from './radial/radialTable.js';
import type { RadialTable } from './radial/tabulate.js';
import { instantiate, type KernelExports, type WasmVariant } from './wasmModule.js';
import { CENTER_RADIUS, weightFunction } from './weighting.js';

/** Coefficients of a table scaled to 1 that are as small as this are nothing, in float32: subnormal numbers would only be slow. */
const NEGLIGIBLE = 2 ** -100;

/** The kernel in WebAssembly with SIMD, in the arithmetic that the options ask for: the host of `assembly/index.ts`. */
export class WasmKernel implements Kernel {
  /** Its module, which `wasmPointDerivatives` shares. */
  readonly wasm: KernelExports;
  readonly #expand: KernelExports['expand64'];
  readonly #ArrayType: Float64ArrayConstructor | Float32ArrayConstructor;
  readonly #hasTotal: boolean;
  readonly #weights: readonly number[] | undefined;
  readonly #featureCount: number;
  #ranges: Uint32Array;
  #row64: Float64Array;
  #row32: Float32Array;

  /** @throws TypeError where the engine cannot run the variant */
  constructor(options: CheckedSoapOptions, variant: WasmVariant) {
    const { nMax, lMax, nSpecies, compression, speciesWeighting, weighting, radialBasis, arithmetic } = options;
    const weight = weighting && weightFunction(weighting, CENTER_RADIUS[radialBasis]);
    this.wasm = instantiate(variant, (rr) => weight?.(Math.sqrt(rr)) ?? 1);
    const { nChannels, hasTotal, weights, blocks } = channelsOf(nSpecies, compression, speciesWeighting);
    const table = radialTable(options, arithmetic);
    const isDouble = arithmetic === 'float64';
    this.#expand = isDouble ? this.wasm.expand64 : this.wasm.expand32;
    this.#ArrayType = isDouble ? Float64Array : Float32Array;
    this.wasm.configure(
      isDouble,
      nMax,
      lMax,
      nChannels + Number(hasTotal),
      table.nIntervals,
      table.step,
      weight !== undefined,
      table.rMax,
      MAX_RANGES,
      blocks.length,
      featureCount(options),
    );
    this.#hasTotal = hasTotal;
    this.#weights = weights;
    this.#featureCount = featureCount(options);
    this.#writeBlocks(blocks);
    this.#writeHarmonicScales(lMax, this.#writeTable(table, lMax));
    [this.#ranges, this.#row64, this.#row32] = this.#views();
  }

  setPoints(x: Float64Array, y: Float64Array, z: Float64Array): void {
    const wasm = this.wasm;
    wasm.reservePoints(x.length, isLattice(x, y, z));
    const { buffer } = wasm.memory;
    for (const [axis, values] of [x, y, z].entries()) {
      new Float64Array(buffer, wasm.pointsAlong(axis), values.length).set(values);
    }
    if (this.#ranges.buffer !== buffer) [this.#ranges, this.#row64, this.#row32] = this.#views(); // the memory has grown
  }

  clear(): void {
    this.wasm.clear();
  }

  expand(
    channel: number,
    ranges: Uint32Array,
    nRanges: number,
    centerX: number,
    centerY: number,
    centerZ: number,
  ): void {
    for (let i = 0; i < 2 * nRanges; i++) this.#ranges[i] = ranges[i]!;
    this.#expand(channel, nRanges, centerX, centerY, centerZ);
  }

  contract(out: Float64Array | Float32Array, offset: number, scale: number): void {
    const wasm = this.wasm;
    for (const [channel, weight] of this.#weights?.entries() ?? []) wasm.scaleChannel(channel, weight);
    if (this.#hasTotal) wasm.sumChannels();
    const isDouble = out instanceof Float64Array;
    if (isDouble) wasm.contract64(scale);
    else wasm.contract32(scale);
    out.set(isDouble ? this.#row64 : this.#row32, offset);
  }

  #writeBlocks(blocks: readonly Block[]): void {
    const target = new Int32Array(this.wasm.memory.buffer, this.wasm.spectrumBlocks(), 3 * blocks.length);
    target.set(blocks.flatMap(({ left, right, triangular }) => [left, right, Number(triangular)]));
  }

  /**
   * The table, scaled by a power of two to at most 1 so that float32 holds it. Every l is filled up with zeros to whole vectors, and all
   * powers of a vector lie together, the highest first.
   *
   * @returns the scale
   */
  #writeTable({ nFunctions, nIntervals, degree, coefficients }: RadialTable, lMax: number): number {
    const wasm = this.wasm;
    const ArrayType = this.#ArrayType;
    const largest = coefficients.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const scale = 2 ** -Math.ceil(Math.log2(largest));
    const smallest = ArrayType === Float64Array ? 0 : NEGLIGIBLE;
    const nMax = nFunctions / (lMax + 1);
    const nPadded = wasm.paddedFunctions();
    const nPowers = degree + 1;
    const nLanes = 16 / ArrayType.BYTES_PER_ELEMENT;
    const perInterval = wasm.functionsInRow() * nPowers;
    const target = new ArrayType(wasm.memory.buffer, wasm.radialCoefficients(), nIntervals * perInterval).fill(0);
    for (let f = 0; f < nFunctions; f++) {
      const place = Math.floor(f / nMax) * nPadded + (f % nMax);
      const [vector, lane] = [Math.floor(place / nLanes), place % nLanes];
      for (let interval = 0; interval < nIntervals; interval++) {
        for (let power = 0; power <= degree; power++) {
          const value = coefficients[(interval * nPowers + power) * nFunctions + f]! * scale;
          const to = interval * perInterval + (vector * nPowers + degree - power) * nLanes + lane;
          if (Math.abs(value) >= smallest) target[to] = value;
        }
      }
    }
    return scale;
  }

  /** The norms give the scale of the table back, and bring the factor π √(8/(2l+1)) of the power spectrum in with both coefficients. */
  #writeHarmonicScales(lMax: number, tableScale: number): void {
    const wasm = this.wasm;
    const { buffer } = wasm.memory;
    const { factors, norms } = harmonicScales(lMax);
    new this.#ArrayType(buffer, wasm.harmonicFactors(), factors.length).set(factors);
    const target = new Float64Array(buffer, wasm.harmonicNorms(), norms.length);
    for (let l = 0, at = 0; l <= lMax; l++) {
      const root = Math.sqrt(Math.PI * Math.sqrt(8 / (2 * l + 1)));
      for (let m = 0; m <= l; m++, at++) target[at] = (norms[at]! * root) / tableScale;
    }
  }

  #views(): [ranges: Uint32Array, row64: Float64Array, row32: Float32Array] {
    const wasm = this.wasm;
    const { buffer } = wasm.memory;
    return [
      new Uint32Array(buffer, wasm.pointRanges(), 2 * MAX_RANGES),
      new Float64Array(buffer, wasm.powerSpectrum(), this.#featureCount),
      new Float32Array(buffer, wasm.powerSpectrum(), this.#featureCount),
    ];
  }
}
