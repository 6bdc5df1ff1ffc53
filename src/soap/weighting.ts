import { ValueError } from '../errors.js';

/**
 * How much a point counts at the distance r from a centre: its Gaussian is multiplied by
 *
 * - `poly`: w(r) = c (1 + 2(r/r0)³ - 3(r/r0)²)^m up to r0, 0 beyond;
 * - `pow`: w(r) = c / (d + (r/r0)^m);
 * - `exp`: w(r) = c / (d + exp(-r/r0)), which grows with r, as it does in DScribe;
 * - without a function: w(r) = 1.
 *
 * `w0`, where given, is the weight of a point at the centre instead.
 *
 * @see Caro 2019, doi:10.1103/PhysRevB.100.024112 (poly); Willatt, Musil, Ceriotti 2018, doi:10.1039/C8CP05921G (pow)
 */
export type Weighting =
  | {
      readonly function: 'poly';
      readonly r0: number; // length in the input's units, > 0
      readonly c: number; // ≥ 0
      readonly m: number; // ≥ 0
      readonly w0?: number | undefined; // ≥ 0
    }
  | {
      readonly function: 'pow';
      readonly r0: number; // length in the input's units, > 0
      readonly c: number; // ≥ 0
      readonly d: number; // ≥ 0
      readonly m: number; // ≥ 0
      readonly w0?: number | undefined; // ≥ 0
      readonly threshold?: number | undefined; // gives rCut where that is left out, > 0; default 0.01
    }
  | {
      readonly function: 'exp';
      readonly r0: number; // length in the input's units, > 0
      readonly c: number; // ≥ 0
      readonly d: number; // ≥ 0
      readonly w0?: number | undefined; // ≥ 0
      readonly threshold?: number | undefined; // gives rCut where that is left out, > 0; default 0.01
    }
  | {
      readonly function?: undefined;
      readonly w0: number; // ≥ 0
    };

/** Up to which distance from a centre a point is at it, in input units: as in DScribe, whose quadrature shuns short distances. */
export const CENTER_RADIUS = { gto: 0, polynomial: 1e-6 } as const;

/** w(r), with w0 up to `centerRadius`. */
export function weightFunction(weighting: Weighting, centerRadius: number): (r: number) => number {
  const byDistance = distanceFunction(weighting);
  const { w0 } = weighting;
  return w0 === undefined ? byDistance : (r) => (r <= centerRadius ? w0 : byDistance(r));
}

function distanceFunction(weighting: Weighting): (r: number) => number {
  switch (weighting.function) {
    case 'poly': {
      const { r0, c, m } = weighting;
      return (r) => {
        const t = Math.min(r / r0, 1);
        return r > r0 ? 0 : c * ((1 - t) * (1 - t) * (1 + 2 * t)) ** m; // in factors, so that rounding leaves it ≥ 0
      };
    }
    case 'pow': {
      const { r0, c, d, m } = weighting;
      return (r) => c / (d + (r / r0) ** m);
    }
    case 'exp': {
      const { r0, c, d } = weighting;
      return (r) => c / (d + Math.exp(-r / r0));
    }
    case undefined:
      return () => 1;
  }
}

/**
 * Checks every parameter, and that w is finite from 0 to the cutoff.
 *
 * @param cutoff input units
 * @throws RangeError naming the parameter
 */
export function checkWeighting(weighting: Weighting, cutoff: number): void {
  checkWeightingParameters(weighting);
  const weight = weightFunction(weighting, 0);
  for (const r of weighting.function === undefined ? [] : [0, cutoff]) {
    // w is monotone in between
    if (!Number.isFinite(weight(r))) {
      throw new ValueError(
        { option: 'weighting' },
        `expected a finite weight from 0 to the cutoff, got ${weight(r)} at r = ${r}`,
      );
    }
  }
}

/** Checks every parameter by itself, but for the threshold. @throws RangeError naming the parameter */
export function checkWeightingParameters(weighting: Weighting): void {
  const { w0 } = weighting;
  if (weighting.function === undefined || w0 !== undefined) expectNonNegative('w0', w0);
  switch (weighting.function) {
    case undefined:
      return;
    case 'poly':
      expectNonNegative('m', weighting.m);
      break;
    case 'pow':
      expectNonNegative('d', weighting.d);
      expectNonNegative('m', weighting.m);
      break;
    case 'exp':
      expectNonNegative('d', weighting.d);
      break;
    default: {
      const { function: unknown } = weighting as { function: unknown };
      throw new ValueError({ option: 'weighting.function' }, `expected poly, pow or exp, got ${String(unknown)}`);
    }
  }
  const { r0, c } = weighting;
  if (!Number.isFinite(r0) || r0 <= 0)
    throw new ValueError({ option: 'weighting.r0' }, `expected a number > 0 (input units), got ${r0}`);
  expectNonNegative('c', c);
}

function expectNonNegative(name: string, value: number | undefined): void {
  if (Number.isFinite(value) && value! >= 0) return;
  throw new ValueError({ option: `weighting.${name}` }, `expected a number >= 0, got ${value}`);
}
