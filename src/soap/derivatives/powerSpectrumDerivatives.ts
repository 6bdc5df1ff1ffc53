import { channelsOf } from '../channels.js';
import { type CloudRequest, indexCloud, placesIn } from '../points/indexCloud.js';
import { type CheckedSoapOptions, checkSoapOptions, featureCount, type SoapOptions } from '../options.js';
import { Differentiator, type PowerSpectrumDerivatives } from './differentiator.js';

/** Bytes that the results may take together. */
const MEMORY_LIMIT = 2 ** 31;

/** What there is to say beside points, centres and options. */
export interface DerivativesRequest extends CloudRequest {
  readonly attach?: ArrayLike<number> | undefined; // of each centre the point that it moves along with, -1 if it stays; default: all stay
  readonly indices?: ArrayLike<number> | undefined; // the I points whose derivatives are wanted, none twice; default: all
  readonly out?: PowerSpectrumDerivatives | undefined; // arrays of the right lengths that the results are written to; default: new ones
}

let recent: { readonly key: string; readonly differentiator: Differentiator } | undefined;

/**
 * The power spectra of the `centers` (M×3) among the `points` (N×3) and their derivatives with respect to positions: analytic,
 * for all options. They are computed in float64, whatever `arithmetic` says.
 *
 * Calls with the same options as the last one share its kernel.
 *
 * In a cell that repeats a point moves with all of its images, a centre that is attached to it too.
 *
 * A point takes its attached centres along, so the derivative of such a centre's row is minus the sum over all other points. It
 * does not matter whether the centre is at its point.
 *
 * At the cutoff, where P has no derivative, the one inside is meant. A point at a centre that stays has the weight w0, as it has
 * in P, and a weight with a tip there (`exp`, or `pow` with m ≤ 1) the slope zero, its mean over all directions.
 *
 * Memory: the results, 8·(R·F + 3·R·I·F + 3·M·F) bytes, at most 2^31. To have them written to the same arrays again and again, `out`,
 * takes half the time: the system need not find new memory.
 *
 * @throws RangeError naming the option, the coordinate, the species, the cell, the point, the length of an array of `out`, or the bytes
 *   that the results would take; TypeError where the engine cannot run the kernel
 * @see PowerSpectrum for the formula and the order of the components
 * @see Laakso et al. 2023, arXiv:2303.14046: derivatives in DScribe, whose order [center, point, axis, component] this is
 */
export function powerSpectrumDerivatives(
  points: Float64Array,
  centers: Float64Array,
  options: SoapOptions,
  { attach, indices, out, ...cloud }: DerivativesRequest = {},
): PowerSpectrumDerivatives {
  const checked = checkSoapOptions(options);
  const { average, nSpecies, compression, speciesWeighting } = checked;
  const { nChannels } = channelsOf(nSpecies, compression, speciesWeighting);
  const index = indexCloud(points, cloud, checked, nChannels);
  const places = placesIn(index, centers);
  const [nPoints, nCenters] = [points.length / 3, centers.length / 3];
  checkAttach(attach, nCenters, nPoints);
  const placesOfPoints = placesOf(indices, nPoints);
  const nWanted = indices?.length ?? nPoints;
  const nRows = average === 'off' ? nCenters : Math.min(nCenters, 1);
  const F = featureCount(checked);
  const lengths = {
    powerSpectrum: nRows * F,
    derivatives: nRows * nWanted * 3 * F,
    centerDerivatives: nCenters * 3 * F,
  };
  const bytes = 8 * (lengths.powerSpectrum + lengths.derivatives + lengths.centerDerivatives);
  if (bytes > MEMORY_LIMIT) {
    throw new RangeError(
      `centers, indices: expected results of at most ${MEMORY_LIMIT} bytes, got ${bytes} for ${nCenters} centers, ${nWanted} points and ${F} features`,
    );
  }
  if (out) checkLengths(out, lengths);
  const results = out ?? {
    powerSpectrum: new Float64Array(lengths.powerSpectrum),
    derivatives: new Float64Array(lengths.derivatives),
    centerDerivatives: new Float64Array(lengths.centerDerivatives),
  };
  const isCleared = out === undefined;
  differentiatorOf(checked).write(
    { index, centers: places, attach, places: placesOfPoints, nWanted, isCleared },
    results,
  );
  return results;
}

function differentiatorOf(options: CheckedSoapOptions): Differentiator {
  const key = JSON.stringify(options);
  if (recent?.key !== key) recent = { key, differentiator: new Differentiator(options) };
  return recent.differentiator;
}

function checkLengths(
  out: PowerSpectrumDerivatives,
  lengths: Readonly<Record<keyof PowerSpectrumDerivatives, number>>,
) {
  for (const name of ['powerSpectrum', 'derivatives', 'centerDerivatives'] as const) {
    const { length } = out[name];
    if (length !== lengths[name]) throw new RangeError(`out.${name}: expected length ${lengths[name]}, got ${length}`);
  }
}

function checkAttach(attach: ArrayLike<number> | undefined, nCenters: number, nPoints: number): void {
  if (attach === undefined) return;
  if (attach.length !== nCenters) {
    throw new RangeError(`attach: expected length ${nCenters}, the number of centers, got ${attach.length}`);
  }
  for (let i = 0; i < nCenters; i++) {
    const point = attach[i]!;
    if (Number.isInteger(point) && point >= -1 && point < nPoints) continue;
    throw new RangeError(`attach[${i}]: expected an integer from -1 to ${nPoints - 1}, got ${point}`);
  }
}

/** Of each point its place in `indices`, -1 for one that is not there. */
function placesOf(indices: ArrayLike<number> | undefined, nPoints: number): Int32Array {
  if (indices === undefined) return Int32Array.from({ length: nPoints }, (_, i) => i);
  const places = new Int32Array(nPoints).fill(-1);
  for (let i = 0; i < indices.length; i++) {
    const point = indices[i]!;
    if (!Number.isInteger(point) || point < 0 || point >= nPoints) {
      throw new RangeError(`indices[${i}]: expected an integer from 0 to ${nPoints - 1}, got ${point}`);
    }
    if (places[point] !== -1) {
      throw new RangeError(
        `indices[${i}]: expected every point once, got ${point} again, as indices[${places[point]}]`,
      );
    }
    places[point] = i;
  }
  return places;
}
