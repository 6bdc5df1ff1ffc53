import { type Channels, channelsOf } from './channels.js';
import type { Kernel } from './kernel.js';
import type { CheckedSoapOptions } from './options.js';
import { radialTable } from './radial/radialTable.js';
import type { RadialTable } from './radial/tabulate.js';
import { solidHarmonics } from './basis/solidHarmonics.js';
import { CENTER_RADIUS, weightFunction } from './weighting.js';

/** Points whose harmonics and radial functions are held at a time. */
const BLOCK = 64;

/**
 * The kernel in plain TypeScript and float64, for engines that have no WebAssembly or may not compile any: with R̂_p the direction of a point
 * from the centre and r_p its distance
 *
 *     c_nlm = Σ_p w(r_p) G_nl(r_p) Y_lm(R̂_p)              G_nl from its table, Y_lm real
 *     P_nn'l = π √(8/(2l+1)) Σ_m c_nlm c_n'lm
 *
 * A point at the centre has no direction and counts for l = 0 alone, since G_nl(0) = 0 for all other l.
 */
export class PlainKernel implements Kernel {
  /** c_nlm of each channel, and of their sum if there is such a channel, at (channel·(lMax+1)² + l² + l + m)·nMax + n. */
  readonly coefficients: Float64Array;

  readonly #nMax: number;
  readonly #lMax: number;
  readonly #channels: Channels;
  readonly #table: RadialTable;
  readonly #weight: ((r: number) => number) | undefined;
  readonly #writeHarmonics: ReturnType<typeof solidHarmonics>;
  #points: Record<'x' | 'y' | 'z', Float64Array> = { x: NONE, y: NONE, z: NONE };

  // Of the points in a block:
  readonly #direction = {
    x: new Float64Array(BLOCK),
    y: new Float64Array(BLOCK),
    z: new Float64Array(BLOCK),
    rr: new Float64Array(BLOCK), // 1, or 0 for a point at the centre
  };
  readonly #distance = new Float64Array(BLOCK);
  readonly #weights = new Float64Array(BLOCK);
  readonly #harmonics: Float64Array; // Y_lm, (lMax+1)²×BLOCK
  readonly #radial: Float64Array; // w G_nl, (lMax+1)×nMax×BLOCK

  constructor(options: CheckedSoapOptions) {
    const { nMax, lMax, radialBasis, nSpecies, compression, speciesWeighting, weighting } = options;
    this.#nMax = nMax;
    this.#lMax = lMax;
    this.#channels = channelsOf(nSpecies, compression, speciesWeighting);
    this.#table = radialTable(options, 'float64');
    this.#weight = weighting && weightFunction(weighting, CENTER_RADIUS[radialBasis]);
    this.#writeHarmonics = solidHarmonics(lMax);
    const { nChannels, hasTotal } = this.#channels;
    this.coefficients = new Float64Array((nChannels + Number(hasTotal)) * (lMax + 1) ** 2 * nMax);
    this.#harmonics = new Float64Array((lMax + 1) ** 2 * BLOCK);
    this.#radial = new Float64Array((lMax + 1) * nMax * BLOCK);
  }

  setPoints(x: Float64Array, y: Float64Array, z: Float64Array): void {
    this.#points = { x, y, z };
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
    const { x: xs, y: ys, z: zs } = this.#points;
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
    const { coefficients } = this;
    const nMax = this.#nMax;
    const channelSize = (this.#lMax + 1) ** 2 * nMax;
    for (const [channel, weight] of weights?.entries() ?? []) {
      const end = (channel + 1) * channelSize;
      for (let i = channel * channelSize; i < end; i++) coefficients[i]! *= weight;
    }
    if (hasTotal) this.#sumChannels(nChannels * channelSize);
    let at = offset;
    for (const { left, right, triangular } of blocks) {
      for (let l = 0; l <= this.#lMax; l++) {
        const factor = scale * Math.PI * Math.sqrt(8 / (2 * l + 1));
        const leftStart = left * channelSize + l * l * nMax;
        const rightStart = right * channelSize + l * l * nMax;
        const span = (2 * l + 1) * nMax;
        for (let n = 0; n < nMax; n++) {
          for (let other = triangular ? n : 0; other < nMax; other++) {
            let sum = 0;
            for (let m = 0; m < span; m += nMax) {
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
    this.#writeHarmonics(this.#direction, count, this.#harmonics);
    for (let p = 0; p < count; p++) this.#writeRadial(p);
    let at = channel * (this.#lMax + 1) ** 2 * this.#nMax;
    for (let l = 0; l <= this.#lMax; l++) {
      for (let lm = l * l; lm < (l + 1) * (l + 1); lm++) {
        for (let f = l * this.#nMax; f < (l + 1) * this.#nMax; f++, at++) {
          let sum = 0;
          for (let p = 0; p < count; p++) sum += this.#radial[f * BLOCK + p]! * this.#harmonics[lm * BLOCK + p]!;
          this.coefficients[at]! += sum;
        }
      }
    }
  }

  /** w G_nl of the point p of a block, by Horner's rule. */
  #writeRadial(p: number): void {
    const { step, nIntervals, degree, nFunctions, coefficients } = this.#table;
    const weight = this.#weights[p]!;
    const position = this.#distance[p]! / step;
    const interval = Math.min(Math.floor(position), nIntervals - 1);
    const t = position - interval;
    const highest = degree * nFunctions;
    const lowest = interval * (degree + 1) * nFunctions;
    for (let f = 0; f < nFunctions; f++) {
      let value = coefficients[lowest + highest + f]!;
      for (let k = highest - nFunctions; k >= 0; k -= nFunctions) value = value * t + coefficients[lowest + k + f]!;
      this.#radial[f * BLOCK + p] = weight * value;
    }
  }
}

const NONE = new Float64Array(0);
