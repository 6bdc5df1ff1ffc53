import { type Channels, channelsOf } from './channels.js';
import type { Kernel } from './kernel.js';
import type { CheckedSoapOptions } from './options.js';
import { radialTable } from './radial/radialTable.js';
import type { RadialTable } from './radial/tabulate.js';
import { solidHarmonics } from './basis/solidHarmonics.js';
import { CENTER_RADIUS, weightFunction } from './weighting.js';

/** Points that are summed together: their harmonics and radial functions stay in the cache. */
const BLOCK = 64;

/** Distance from one function of a block to the next: no power of two, so that a point's values fall into different cache sets. */
const STRIDE = BLOCK + 8;

/** Sums that are kept in registers together. */
const TILE = 4;

/**
 * The kernel in plain TypeScript and float64: with R̂_p the direction of a point from the centre and r_p its distance
 *
 *     c_nlm = Σ_p w(r_p) G_nl(r_p) Y_lm(R̂_p)              G_nl from its table, Y_lm real
 *     P_nn'l = π √(8/(2l+1)) Σ_m c_nlm c_n'lm
 *
 * A point at the centre has no direction and counts for l = 0 alone, since G_nl(0) = 0 for all other l.
 */
export class PlainKernel implements Kernel {
  /** c_nlm of each channel, and of their sum if there is such a channel, at (channel·(lMax+1)² + l² + l + m)·rows + n. */
  readonly coefficients: Float64Array;
  /** nMax rounded up to whole tiles: what is beyond nMax stays zero. */
  readonly rows: number;

  readonly #nMax: number;
  readonly #lMax: number;
  readonly #channels: Channels;
  readonly #table: RadialTable;
  readonly #weight: ((r: number) => number) | undefined;
  readonly #writeHarmonics: ReturnType<typeof solidHarmonics>;

  #x: Float64Array = new Float64Array(0);
  #y: Float64Array = new Float64Array(0);
  #z: Float64Array = new Float64Array(0);

  // Of the points in a block:
  readonly #direction = {
    x: new Float64Array(STRIDE),
    y: new Float64Array(STRIDE),
    z: new Float64Array(STRIDE),
    rr: new Float64Array(STRIDE), // 1, or 0 for a point at the centre
  };
  readonly #distance = new Float64Array(BLOCK);
  readonly #weights = new Float64Array(BLOCK).fill(1);
  readonly #harmonics: Float64Array; // Y_lm, (lMax+1)²×STRIDE
  readonly #radial: Float64Array; // w G_nl, (lMax+1)×rows×STRIDE; rows from nMax on stay zero

  constructor(options: CheckedSoapOptions) {
    const { nMax, lMax, radialBasis, nSpecies, compression, speciesWeighting, weighting } = options;
    this.#nMax = nMax;
    this.#lMax = lMax;
    this.#channels = channelsOf(nSpecies, compression, speciesWeighting);
    this.#table = radialTable(options, 'float64');
    this.#weight = weighting && weightFunction(weighting, CENTER_RADIUS[radialBasis]);
    this.#writeHarmonics = solidHarmonics(lMax);
    this.rows = Math.ceil(nMax / TILE) * TILE;
    const { nChannels, hasTotal } = this.#channels;
    this.coefficients = new Float64Array((nChannels + Number(hasTotal)) * (lMax + 1) ** 2 * this.rows);
    this.#harmonics = new Float64Array((lMax + 1) ** 2 * STRIDE);
    this.#radial = new Float64Array((lMax + 1) * this.rows * STRIDE);
  }

  setPoints(x: Float64Array, y: Float64Array, z: Float64Array): void {
    this.#x = x;
    this.#y = y;
    this.#z = z;
  }

  clear(): void {
    this.coefficients.fill(0);
  }

  expand(
    channel: number,
    ranges: Uint32Array,
    nRanges: number,
    centerX: number,
    centerY: number,
    centerZ: number,
  ): void {
    const [xs, ys, zs] = [this.#x, this.#y, this.#z];
    const { x: directionX, y: directionY, z: directionZ, rr: isDirection } = this.#direction;
    const cutoffSquared = this.#table.rMax ** 2;
    let count = 0;
    for (let range = 0; range < nRanges; range++) {
      const end = ranges[2 * range + 1]!;
      for (let i = ranges[2 * range]!; i < end; i++) {
        const x = xs[i]! - centerX;
        const y = ys[i]! - centerY;
        const z = zs[i]! - centerZ;
        const rr = x * x + y * y + z * z;
        if (rr > cutoffSquared) continue;
        const r = Math.sqrt(rr);
        const weight = this.#weight?.(r) ?? 1;
        if (weight === 0) continue;
        const inverse = r === 0 ? 0 : 1 / r;
        directionX[count] = x * inverse;
        directionY[count] = y * inverse;
        directionZ[count] = z * inverse;
        isDirection[count] = r === 0 ? 0 : 1;
        this.#distance[count] = r;
        this.#weights[count] = weight;
        count++;
        if (count === BLOCK) {
          this.#addBlock(channel, count);
          count = 0;
        }
      }
    }
    this.#addBlock(channel, count);
  }

  contract(out: Float64Array | Float32Array, offset: number, scale: number): void {
    const { nChannels, hasTotal, weights, blocks } = this.#channels;
    const { rows, coefficients } = this;
    const nMax = this.#nMax;
    const channelSize = (this.#lMax + 1) ** 2 * rows;
    for (const [channel, weight] of weights?.entries() ?? []) {
      const end = (channel + 1) * channelSize;
      for (let i = channel * channelSize; i < end; i++) coefficients[i]! *= weight;
    }
    if (hasTotal) this.#sumChannels(nChannels * channelSize);
    let at = offset;
    for (const { left, right, triangular } of blocks) {
      for (let l = 0; l <= this.#lMax; l++) {
        const factor = scale * Math.PI * Math.sqrt(8 / (2 * l + 1));
        const leftStart = left * channelSize + l * l * rows;
        const rightStart = right * channelSize + l * l * rows;
        const span = (2 * l + 1) * rows;
        for (let n = 0; n < nMax; n++) {
          for (let other = triangular ? n : 0; other < nMax; other++) {
            let sum = 0;
            for (let m = 0; m < span; m += rows) {
              sum += coefficients[leftStart + m + n]! * coefficients[rightStart + m + other]!;
            }
            out[at++] = factor * sum;
          }
        }
      }
    }
  }

  /** The sum of all channels, into the channel that starts at `total` and follows them. */
  #sumChannels(total: number): void {
    const { coefficients } = this;
    const size = coefficients.length - total;
    coefficients.copyWithin(total, 0, size);
    for (let i = size; i < total; i++) coefficients[total + (i % size)]! += coefficients[i]!;
  }

  #addBlock(channel: number, count: number): void {
    if (count === 0) return;
    this.#writeHarmonics(this.#direction, count, this.#harmonics);
    for (let p = 0; p < count; p++) this.#writeRadial(p);
    const { rows } = this;
    const channelStart = channel * (this.#lMax + 1) ** 2;
    for (let l = 0; l <= this.#lMax; l++) {
      for (let n = 0; n < rows; n += TILE) {
        const row = l * rows + n;
        let lm = l * l;
        this.#addProducts(row, lm, (channelStart + lm) * rows + n, count);
        for (lm++; lm < (l + 1) * (l + 1); lm += 2) {
          this.#addProductsOfTwo(row, lm, (channelStart + lm) * rows + n, count);
        }
      }
    }
  }

  /** w G_nl of the point p of a block, by Horner's rule. */
  #writeRadial(p: number): void {
    const { step, nIntervals, degree, nFunctions, coefficients } = this.#table;
    const radial = this.#radial;
    const weight = this.#weights[p]!;
    const position = this.#distance[p]! / step;
    const interval = Math.min(Math.floor(position), nIntervals - 1);
    const t = position - interval;
    const highest = degree * nFunctions;
    let at = interval * (degree + 1) * nFunctions;
    for (let l = 0; l <= this.#lMax; l++) {
      let to = l * this.rows * STRIDE + p;
      for (let n = 0; n < this.#nMax; n++) {
        let value = coefficients[at + highest]!;
        for (let k = highest - nFunctions; k >= 0; k -= nFunctions) value = value * t + coefficients[at + k]!;
        radial[to] = weight * value;
        to += STRIDE;
        at++;
      }
    }
  }

  /** Adds Σ_p radial · harmonic for TILE rows of radial functions and the harmonic lm to the coefficients from `at` on. */
  #addProducts(row: number, lm: number, at: number, count: number): void {
    const radial = this.#radial;
    const harmonics = this.#harmonics;
    const { coefficients } = this;
    const from = row * STRIDE;
    const harmonic = lm * STRIDE;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let p = 0; p < count; p++) {
      const value = harmonics[harmonic + p]!;
      sum0 += radial[from + p]! * value;
      sum1 += radial[from + STRIDE + p]! * value;
      sum2 += radial[from + 2 * STRIDE + p]! * value;
      sum3 += radial[from + 3 * STRIDE + p]! * value;
    }
    coefficients[at]! += sum0;
    coefficients[at + 1]! += sum1;
    coefficients[at + 2]! += sum2;
    coefficients[at + 3]! += sum3;
  }

  /** The same for the harmonics lm and lm + 1: eight sums stay in registers while six values are read. */
  #addProductsOfTwo(row: number, lm: number, at: number, count: number): void {
    const radial = this.#radial;
    const harmonics = this.#harmonics;
    const { coefficients, rows } = this;
    const from = row * STRIDE;
    const harmonic = lm * STRIDE;
    let sum00 = 0;
    let sum01 = 0;
    let sum10 = 0;
    let sum11 = 0;
    let sum20 = 0;
    let sum21 = 0;
    let sum30 = 0;
    let sum31 = 0;
    for (let p = 0; p < count; p++) {
      const radial0 = radial[from + p]!;
      const radial1 = radial[from + STRIDE + p]!;
      const radial2 = radial[from + 2 * STRIDE + p]!;
      const radial3 = radial[from + 3 * STRIDE + p]!;
      const first = harmonics[harmonic + p]!;
      const second = harmonics[harmonic + STRIDE + p]!;
      sum00 += radial0 * first;
      sum01 += radial0 * second;
      sum10 += radial1 * first;
      sum11 += radial1 * second;
      sum20 += radial2 * first;
      sum21 += radial2 * second;
      sum30 += radial3 * first;
      sum31 += radial3 * second;
    }
    coefficients[at]! += sum00;
    coefficients[at + 1]! += sum10;
    coefficients[at + 2]! += sum20;
    coefficients[at + 3]! += sum30;
    coefficients[at + rows]! += sum01;
    coefficients[at + rows + 1]! += sum11;
    coefficients[at + rows + 2]! += sum21;
    coefficients[at + rows + 3]! += sum31;
  }
}
