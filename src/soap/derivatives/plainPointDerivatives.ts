import { type CheckedSoapOptions, featureCount } from '../options.js';
import type { PlainKernel } from '../plainKernel.js';
import { radialTable } from '../radial/radialTable.js';
import type { RadialTable } from '../radial/tabulate.js';
import { solidHarmonics } from '../basis/solidHarmonics.js';
import { CENTER_RADIUS, weightFunction } from '../weighting.js';
import { harmonicGradients } from './harmonicGradients.js';
import type { PointDerivatives } from './pointDerivatives.js';
import { evaluateSlopes } from './radialSlopes.js';
import { type Share, sharesOf } from './shares.js';
import { weightSlope } from './weightSlope.js';

const AXES = ['x', 'y', 'z'] as const;
type Axis = (typeof AXES)[number];

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
export class PlainPointDerivatives implements PointDerivatives {
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
  readonly #gradients: Record<Axis, Float64Array>; // ∇S_lm there
  readonly #radial: Record<'values' | 'slopes' | 'quotients', Float64Array>; // at l·nMax + n, as all that follow
  readonly #a: Float64Array; // A and B times π √(8/(2l+1)) and the scale
  readonly #b: Float64Array;
  readonly #t: Float64Array; // T and V with the channel of one share
  readonly #v: Record<Axis, Float64Array>;
  readonly #gradient: Float64Array; // 3×featureCount

  /** The sum over points. */
  readonly #sum: Float64Array;

  constructor(options: CheckedSoapOptions, kernel: PlainKernel) {
    const { nMax, lMax, radialBasis, speciesWeighting, weighting } = options;
    this.#nMax = nMax;
    this.#lMax = lMax;
    this.#featureCount = featureCount(options);
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
    this.#gradient = new Float64Array(3 * this.#featureCount);
    this.#sum = new Float64Array(3 * this.#featureCount);
  }

  differentiate(channel: number, x: number, y: number, z: number, scale: number): void {
    const r = Math.sqrt(x * x + y * y + z * z);
    const inverse = r === 0 ? 0 : 1 / r;
    const direction = this.#direction;
    direction.x[0] = x * inverse;
    direction.y[0] = y * inverse;
    direction.z[0] = z * inverse;
    direction.rr[0] = r === 0 ? 0 : 1;
    this.#writeHarmonics(direction, 1, this.#harmonics);
    this.#writeGradients(this.#harmonics, this.#gradients);
    this.#writeRadial(r, scale * (this.#speciesWeights?.[channel] ?? 1));
    this.#gradient.fill(0);
    for (const { start, other, side } of this.#shares[channel]!) {
      this.#project(other, this.#harmonics, this.#t);
      for (const axis of AXES) this.#project(other, this.#gradients[axis], this.#v[axis]);
      this.#addBlock(start, side);
    }
    this.add(this.#sum);
  }

  write(target: Float64Array): void {
    target.set(this.#gradient);
  }

  add(target: Float64Array): void {
    const gradient = this.#gradient;
    for (let i = 0; i < gradient.length; i++) target[i]! += gradient[i]!;
  }

  subtractSum(target: Float64Array): void {
    const sum = this.#sum;
    for (let i = 0; i < target.length; i++) target[i]! -= sum[i]!;
    sum.fill(0);
  }

  /** A and B. */
  #writeRadial(r: number, scale: number): void {
    const { values, slopes, quotients } = this.#radial;
    const nMax = this.#nMax;
    evaluateSlopes(this.#table, r, this.#radial);
    const [weight, slope] = [this.#weight(r), this.#weightSlope(r)];
    for (let l = 0; l <= this.#lMax; l++) {
      const factor = scale * Math.PI * Math.sqrt(8 / (2 * l + 1));
      for (let f = l * nMax; f < (l + 1) * nMax; f++) {
        this.#a[f] = factor * (slope * values[f]! + weight * (slopes[f]! - l * quotients[f]!));
        this.#b[f] = factor * weight * quotients[f]!;
      }
    }
  }

  /** Σ_m factors_lm c_nlm of a channel: T, or V along one axis. */
  #project(channel: number, factors: Float64Array, out: Float64Array): void {
    const nMax = this.#nMax;
    out.fill(0);
    let from = channel * (this.#lMax + 1) ** 2 * nMax;
    for (let l = 0; l <= this.#lMax; l++) {
      for (let lm = l * l; lm < (l + 1) * (l + 1); lm++) {
        for (let f = l * nMax; f < (l + 1) * nMax; f++) out[f]! += factors[lm]! * this.#kernel.coefficients[from++]!;
      }
    }
  }

  /** A block where the point has part in the left side, the functions n, in the right one, n', or in both: there n' begins at n. */
  #addBlock(start: number, side: Share['side']): void {
    const [a, b, t] = [this.#a, this.#b, this.#t];
    const nMax = this.#nMax;
    for (const [i, axis] of AXES.entries()) {
      const direction = this.#direction[axis][0]!;
      const v = this.#v[axis];
      let at = start + i * this.#featureCount;
      for (let l = 0; l <= this.#lMax; l++) {
        for (let n = l * nMax; n < (l + 1) * nMax; n++) {
          for (let other = side === 'both' ? n : l * nMax; other < (l + 1) * nMax; other++) {
            const ofLeft = side === 'right' ? 0 : a[n]! * t[other]!;
            const ofRight = side === 'left' ? 0 : a[other]! * t[n]!;
            let value = direction * (ofLeft + ofRight);
            if (side !== 'right') value += b[n]! * v[other]!;
            if (side !== 'left') value += b[other]! * v[n]!;
            this.#gradient[at++]! += value;
          }
        }
      }
    }
  }
}
