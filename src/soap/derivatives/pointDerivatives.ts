import { channelsOf } from '../channels.js';
import type { CheckedSoapOptions } from '../options.js';
import type { PlainKernel } from '../plainKernel.js';
import { type RadialTable, radialTable } from '../radial/radialTable.js';
import { solidHarmonics } from '../solidHarmonics.js';
import { CENTER_RADIUS, weightFunction } from '../weighting.js';
import { harmonicGradients } from './harmonicGradients.js';
import { evaluateSlopes } from './radialSlopes.js';
import { weightSlope } from './weightSlope.js';

/** A block of a row where a point of some channel has part: as the density of one side, or of both. */
interface Share {
  /** First component of the block. */
  readonly start: number;
  /** The channel that the density of the point is multiplied with. */
  readonly other: number;
  readonly side: 'left' | 'right' | 'both';
}

/**
 * The derivatives of a row with respect to the position of one point. The point adds to the coefficients of its channel
 * w G_nl Y_lm, w and G_nl at its distance r from the centre and Y_lm in its direction R̂. With solid harmonics S_lm = r^l Y_lm
 *
 *     ∇(w G_nl Y_lm) = A_nl R̂ Y_lm + B_nl ∇S_lm(R̂)        A_nl = (w G_nl)' - l B_nl    B_nl = w G_nl/r
 *
 * and with the coefficients c_n'lm of the channel that a block multiplies them with
 *
 *     ∇P_nn'l = π √(8/(2l+1)) (A_nl R̂ T_n'l + B_nl V_n'l)    T_nl = Σ_m Y_lm c_nlm     V_nl = Σ_m ∇S_lm(R̂) c_nlm
 *
 * and the same with n and n' exchanged where the point has part in both sides. At the centre R̂ = 0 and G_nl/r = G_nl'(0): all
 * that is left is B_n1 ∇S_1m.
 */
export class PointDerivatives {
  readonly #nMax: number;
  readonly #lMax: number;
  readonly #featureCount: number;
  readonly #kernel: PlainKernel;
  readonly #shares: readonly (readonly Share[])[]; // of each channel
  readonly #speciesWeights: readonly number[] | undefined;
  readonly #table: RadialTable;
  readonly #weight: (r: number) => number;
  readonly #weightSlope: (r: number) => number;
  readonly #writeHarmonics: ReturnType<typeof solidHarmonics>;
  readonly #writeGradients: ReturnType<typeof harmonicGradients>;

  // Of one point:
  readonly #direction = {
    x: new Float64Array(1),
    y: new Float64Array(1),
    z: new Float64Array(1),
    rr: new Float64Array(1), // 1, or 0 for a point at the centre
  };
  readonly #harmonics: Float64Array; // Y_lm at l² + l + m
  readonly #gradients: Record<'x' | 'y' | 'z', Float64Array>; // ∇S_lm there
  readonly #radial: Record<'values' | 'slopes' | 'quotients', Float64Array>; // at l·nMax + n, as all that follow
  readonly #a: Float64Array; // A and B times π √(8/(2l+1)) and the scale
  readonly #b: Float64Array;
  readonly #t: Float64Array; // T and V with the channel of one share
  readonly #v: Record<'x' | 'y' | 'z', Float64Array>;

  /** @param kernel its coefficients, contracted, are those that the derivatives are of */
  constructor(options: CheckedSoapOptions, featureCount: number, kernel: PlainKernel) {
    const { nMax, lMax, radialBasis, speciesWeighting, weighting } = options;
    this.#nMax = nMax;
    this.#lMax = lMax;
    this.#featureCount = featureCount;
    this.#kernel = kernel;
    this.#shares = sharesOf(options);
    this.#speciesWeights = speciesWeighting;
    this.#table = radialTable(options, 'float64');
    const centerRadius = CENTER_RADIUS[radialBasis];
    this.#weight = weighting ? weightFunction(weighting, centerRadius) : () => 1;
    this.#weightSlope = weighting ? weightSlope(weighting, centerRadius) : () => 0;
    this.#writeHarmonics = solidHarmonics(lMax);
    this.#writeGradients = harmonicGradients(lMax);
    const ofHarmonics = () => new Float64Array((lMax + 1) ** 2);
    const ofFunctions = () => new Float64Array((lMax + 1) * nMax);
    this.#harmonics = ofHarmonics();
    this.#gradients = { x: ofHarmonics(), y: ofHarmonics(), z: ofHarmonics() };
    this.#radial = { values: ofFunctions(), slopes: ofFunctions(), quotients: ofFunctions() };
    [this.#a, this.#b, this.#t] = [ofFunctions(), ofFunctions(), ofFunctions()];
    this.#v = { x: ofFunctions(), y: ofFunctions(), z: ofFunctions() };
  }

  /**
   * Adds the derivatives with respect to the point, times `scale`, to `point` and subtracts them from `center`, 3×featureCount
   * each.
   *
   * @param x its offset from the centre, like y and z in input units; within the cutoff
   */
  add(
    channel: number,
    x: number,
    y: number,
    z: number,
    scale: number,
    point: Float64Array,
    center: Float64Array,
  ): void {
    const r = Math.sqrt(x * x + y * y + z * z);
    const weight = this.#weight(r);
    if (weight === 0) return;
    const inverse = r === 0 ? 0 : 1 / r;
    const direction = this.#direction;
    direction.x[0] = x * inverse;
    direction.y[0] = y * inverse;
    direction.z[0] = z * inverse;
    direction.rr[0] = r === 0 ? 0 : 1;
    this.#writeHarmonics(direction, 1, this.#harmonics);
    this.#writeGradients(this.#harmonics, this.#gradients);
    this.#writeRadial(r, weight, scale * (this.#speciesWeights?.[channel] ?? 1));
    for (const { start, other, side } of this.#shares[channel]!) {
      this.#project(other);
      if (side === 'both') this.#addTriangle(start, point, center);
      else this.#addSquare(start, side, point, center);
    }
  }

  /** A and B. */
  #writeRadial(r: number, weight: number, scale: number): void {
    const { values, slopes, quotients } = this.#radial;
    const nMax = this.#nMax;
    evaluateSlopes(this.#table, r, this.#radial);
    const slope = this.#weightSlope(r);
    for (let l = 0; l <= this.#lMax; l++) {
      const factor = scale * Math.PI * Math.sqrt(8 / (2 * l + 1));
      for (let f = l * nMax; f < (l + 1) * nMax; f++) {
        this.#a[f] = factor * (slope * values[f]! + weight * (slopes[f]! - l * quotients[f]!));
        this.#b[f] = factor * weight * quotients[f]!;
      }
    }
  }

  /** T and V. */
  #project(channel: number): void {
    const { rows, coefficients } = this.#kernel;
    const nMax = this.#nMax;
    const harmonics = this.#harmonics;
    const { x: gradientX, y: gradientY, z: gradientZ } = this.#gradients;
    const { x: vx, y: vy, z: vz } = this.#v;
    const t = this.#t;
    for (const sums of [t, vx, vy, vz]) sums.fill(0);
    let from = channel * (this.#lMax + 1) ** 2 * rows;
    for (let l = 0; l <= this.#lMax; l++) {
      for (let lm = l * l; lm < (l + 1) * (l + 1); lm++) {
        const value = harmonics[lm]!;
        const x = gradientX[lm]!;
        const y = gradientY[lm]!;
        const z = gradientZ[lm]!;
        for (let n = 0; n < nMax; n++) {
          const coefficient = coefficients[from + n]!;
          const to = l * nMax + n;
          t[to]! += value * coefficient;
          vx[to]! += x * coefficient;
          vy[to]! += y * coefficient;
          vz[to]! += z * coefficient;
        }
        from += rows;
      }
    }
  }

  /** A block of two channels, the point being of one of them: n of the left one, n' of the right one. */
  #addSquare(start: number, side: 'left' | 'right', point: Float64Array, center: Float64Array): void {
    const [a, b, t] = [this.#a, this.#b, this.#t];
    const { x: vx, y: vy, z: vz } = this.#v;
    const nMax = this.#nMax;
    const directionX = this.#direction.x[0]!;
    const directionY = this.#direction.y[0]!;
    const directionZ = this.#direction.z[0]!;
    const [ownStep, otherStep] = side === 'left' ? [nMax, 1] : [1, nMax];
    const toNextAxis = this.#featureCount;
    for (let l = 0; l <= this.#lMax; l++) {
      for (let n = 0; n < nMax; n++) {
        const own = l * nMax + n;
        let at = start + l * nMax * nMax + n * ownStep;
        for (let other = l * nMax; other < (l + 1) * nMax; other++) {
          const radial = a[own]! * t[other]!;
          const x = directionX * radial + b[own]! * vx[other]!;
          const y = directionY * radial + b[own]! * vy[other]!;
          const z = directionZ * radial + b[own]! * vz[other]!;
          point[at]! += x;
          point[at + toNextAxis]! += y;
          point[at + 2 * toNextAxis]! += z;
          center[at]! -= x;
          center[at + toNextAxis]! -= y;
          center[at + 2 * toNextAxis]! -= z;
          at += otherStep;
        }
      }
    }
  }

  /** A block of the channel of the point with itself: n' from n on. */
  #addTriangle(start: number, point: Float64Array, center: Float64Array): void {
    const [a, b, t] = [this.#a, this.#b, this.#t];
    const { x: vx, y: vy, z: vz } = this.#v;
    const nMax = this.#nMax;
    const directionX = this.#direction.x[0]!;
    const directionY = this.#direction.y[0]!;
    const directionZ = this.#direction.z[0]!;
    const toNextAxis = this.#featureCount;
    let at = start;
    for (let l = 0; l <= this.#lMax; l++) {
      for (let n = l * nMax; n < (l + 1) * nMax; n++) {
        for (let other = n; other < (l + 1) * nMax; other++) {
          const radial = a[n]! * t[other]! + a[other]! * t[n]!;
          const x = directionX * radial + b[n]! * vx[other]! + b[other]! * vx[n]!;
          const y = directionY * radial + b[n]! * vy[other]! + b[other]! * vy[n]!;
          const z = directionZ * radial + b[n]! * vz[other]! + b[other]! * vz[n]!;
          point[at]! += x;
          point[at + toNextAxis]! += y;
          point[at + 2 * toNextAxis]! += z;
          center[at]! -= x;
          center[at + toNextAxis]! -= y;
          center[at + 2 * toNextAxis]! -= z;
          at++;
        }
      }
    }
  }
}

/** In which blocks the points of each channel have part. */
function sharesOf({ nMax, lMax, nSpecies, compression, speciesWeighting }: CheckedSoapOptions): Share[][] {
  const { nChannels, hasTotal, blocks } = channelsOf(nSpecies, compression, speciesWeighting);
  const shares: Share[][] = Array.from({ length: nChannels }, () => []);
  let start = 0;
  for (const { left, right, triangular } of blocks) {
    // All points have part in the total.
    const ofRight = hasTotal ? shares : [shares[right]!];
    if (triangular) {
      for (const ofChannel of ofRight) ofChannel.push({ start, other: right, side: 'both' });
    } else {
      shares[left]!.push({ start, other: right, side: 'left' });
      for (const ofChannel of ofRight) ofChannel.push({ start, other: left, side: 'right' });
    }
    start += (lMax + 1) * (triangular ? (nMax * (nMax + 1)) / 2 : nMax ** 2);
  }
  return shares;
}
