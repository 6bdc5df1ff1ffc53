import { type CheckedSoapOptions, featureCount } from '../options.js';
import type { PlainKernel } from '../plainKernel.js';
import { radialTable } from '../radial/radialTable.js';
import { solidHarmonics } from '../basis/solidHarmonics.js';
import { CENTER_RADIUS, weightFunction, weightSlope } from '../weighting.js';
import { harmonicGradients } from './harmonicGradients.js';
import type { PointDerivatives } from './pointDerivatives.js';
import { evaluateSlopes } from './radialSlopes.js';
import { type Share, sharesOf } from './shares.js';

const AXES = ['x', 'y', 'z'] as const;

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
export function plainPointDerivatives(options: CheckedSoapOptions, kernel: PlainKernel): PointDerivatives {
  const { nMax, lMax, radialBasis, speciesWeighting, weighting } = options;
  const size = featureCount(options);
  const shares = sharesOf(options); // of each channel
  const table = radialTable(options, 'float64');
  const weightOf = weighting ? weightFunction(weighting, CENTER_RADIUS[radialBasis]) : () => 1;
  const weightSlopeOf = weighting ? weightSlope(weighting, CENTER_RADIUS[radialBasis]) : () => 0;
  const writeHarmonics = solidHarmonics(lMax);
  const writeGradients = harmonicGradients(lMax);
  const ofHarmonics = () => new Float64Array((lMax + 1) ** 2);
  const ofFunctions = () => new Float64Array((lMax + 1) * nMax);

  // Of one point:
  const direction = {
    x: new Float64Array(1),
    y: new Float64Array(1),
    z: new Float64Array(1),
    rr: new Float64Array(1), // 1, or 0 for a point at the centre
  };
  const harmonics = ofHarmonics(); // Y_lm at l² + l + m
  const gradients = { x: ofHarmonics(), y: ofHarmonics(), z: ofHarmonics() }; // ∇S_lm there
  const radial = { values: ofFunctions(), slopes: ofFunctions(), quotients: ofFunctions() }; // at l·nMax + n, as all that follow
  const [a, b] = [ofFunctions(), ofFunctions()]; // A and B times π √(8/(2l+1)) and the scale
  const t = ofFunctions(); // T and V with the channel of one share
  const v = { x: ofFunctions(), y: ofFunctions(), z: ofFunctions() };
  const gradient = new Float64Array(3 * size);
  /** Over points. */
  const sum = new Float64Array(3 * size);

  /** A and B. */
  function writeRadial(r: number, scale: number): void {
    evaluateSlopes(table, r, radial);
    const [weight, slope] = [weightOf(r), weightSlopeOf(r)];
    for (let l = 0; l <= lMax; l++) {
      const factor = scale * Math.PI * Math.sqrt(8 / (2 * l + 1));
      for (let f = l * nMax; f < (l + 1) * nMax; f++) {
        a[f] = factor * (slope * radial.values[f]! + weight * (radial.slopes[f]! - l * radial.quotients[f]!));
        b[f] = factor * weight * radial.quotients[f]!;
      }
    }
  }

  /** Σ_m factors_lm c_nlm of a channel: T, or V along one axis. */
  function project(channel: number, factors: Float64Array, out: Float64Array): void {
    out.fill(0);
    let from = channel * (lMax + 1) ** 2 * nMax;
    for (let l = 0; l <= lMax; l++) {
      for (let lm = l * l; lm < (l + 1) * (l + 1); lm++) {
        for (let f = l * nMax; f < (l + 1) * nMax; f++) out[f]! += factors[lm]! * kernel.coefficients[from++]!;
      }
    }
  }

  /** A block where the point has part in the left side, the functions n, in the right one, n', or in both: there n' begins at n. */
  function addBlock(start: number, side: Share['side']): void {
    for (const [i, axis] of AXES.entries()) {
      const along = direction[axis][0]!;
      const projected = v[axis];
      let at = start + i * size;
      for (let l = 0; l <= lMax; l++) {
        for (let n = l * nMax; n < (l + 1) * nMax; n++) {
          for (let other = side === 'both' ? n : l * nMax; other < (l + 1) * nMax; other++) {
            const ofLeft = side === 'right' ? 0 : a[n]! * t[other]!;
            const ofRight = side === 'left' ? 0 : a[other]! * t[n]!;
            let value = along * (ofLeft + ofRight);
            if (side !== 'right') value += b[n]! * projected[other]!;
            if (side !== 'left') value += b[other]! * projected[n]!;
            gradient[at++]! += value;
          }
        }
      }
    }
  }

  function add(target: Float64Array): void {
    for (let i = 0; i < gradient.length; i++) target[i]! += gradient[i]!;
  }

  return {
    differentiate(channel, x, y, z, scale) {
      const r = Math.sqrt(x * x + y * y + z * z);
      const inverse = r === 0 ? 0 : 1 / r;
      direction.x[0] = x * inverse;
      direction.y[0] = y * inverse;
      direction.z[0] = z * inverse;
      direction.rr[0] = r === 0 ? 0 : 1;
      writeHarmonics(direction, 1, harmonics);
      writeGradients(harmonics, gradients);
      writeRadial(r, scale * (speciesWeighting?.[channel] ?? 1));
      gradient.fill(0);
      for (const { start, other, side } of shares[channel]!) {
        project(other, harmonics, t);
        for (const axis of AXES) project(other, gradients[axis], v[axis]);
        addBlock(start, side);
      }
      add(sum);
    },
    write: (target) => target.set(gradient),
    add,
    subtractSum(target) {
      for (let i = 0; i < target.length; i++) target[i]! -= sum[i]!;
      sum.fill(0);
    },
  };
}
