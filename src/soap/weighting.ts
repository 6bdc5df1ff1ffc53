import { ValueError } from '../errors.js';

interface ByDistance<Name extends string> {
  readonly function: Name;
  readonly r0: number; // length in the input's units, > 0
  readonly c: number; // ≥ 0
  readonly w0?: number | undefined; // ≥ 0
}

/**
 * How much a point counts at the distance r from a centre: its Gaussian is multiplied by
 *
 * - `poly`: w(r) = c (1 + 2(r/r0)³ - 3(r/r0)²)^m up to r0, 0 beyond;
 * - `pow`: w(r) = c / (d + (r/r0)^m);
 * - `exp`: w(r) = c / (d + exp(-r/r0)), which grows with r, as it does in DScribe;
 * - without a function: w(r) = 1.
 *
 * `w0`, where given, is the weight of a point at the centre instead. d, m ≥ 0. The threshold gives rCut where that is left out, > 0;
 * default 0.01.
 *
 * @see Caro 2019, doi:10.1103/PhysRevB.100.024112 (poly); Willatt, Musil, Ceriotti 2018, doi:10.1039/C8CP05921G (pow)
 */
export type Weighting =
  | (ByDistance<'poly'> & { readonly m: number })
  | (ByDistance<'pow'> & { readonly d: number; readonly m: number; readonly threshold?: number | undefined })
  | (ByDistance<'exp'> & { readonly d: number; readonly threshold?: number | undefined })
  | { readonly function?: undefined; readonly w0: number };

type Parameters = Readonly<Record<'r0' | 'c' | 'd' | 'm', number>>;
type OfDistance = (r: number) => number;

interface WeightingFunction {
  /** Beside r0 and c, which all have. */
  readonly parameters: readonly ('d' | 'm')[];
  readonly weight: (parameters: Parameters) => OfDistance;
  /** dw/dr, in factors that neither cancel nor overflow where the weight does not. */
  readonly slope: (parameters: Parameters) => OfDistance;
  readonly cutoff: (parameters: Parameters, threshold: number) => number;
}

const FUNCTIONS: Readonly<Record<string, WeightingFunction>> = {
  poly: {
    parameters: ['m'],
    weight:
      ({ r0, c, m }) =>
      (r) => {
        const t = Math.min(r / r0, 1);
        return r > r0 ? 0 : c * ((1 - t) * (1 - t) * (1 + 2 * t)) ** m; // in factors, so that rounding leaves it ≥ 0
      },
    slope:
      ({ r0, c, m }) =>
      (r) => {
        const t = r / r0;
        return t >= 1 ? 0 : (-6 * c * m * t * (1 - t) ** (2 * m - 1) * (1 + 2 * t) ** (m - 1)) / r0;
      },
    cutoff: ({ r0 }) => r0,
  },
  pow: {
    parameters: ['d', 'm'],
    weight:
      ({ r0, c, d, m }) =>
      (r) =>
        c / (d + (r / r0) ** m),
    slope:
      ({ r0, c, d, m }) =>
      (r) => {
        const power = (r / r0) ** m;
        return (-c / (d + power)) * (power / (d + power)) * (m / r);
      },
    cutoff: ({ r0, c, d, m }, threshold) => r0 * Math.max(c / threshold - d, 0) ** (1 / m),
  },
  exp: {
    parameters: ['d'],
    weight:
      ({ r0, c, d }) =>
      (r) =>
        c / (d + Math.exp(-r / r0)),
    slope:
      ({ r0, c, d }) =>
      (r) => {
        const decay = Math.exp(-r / r0);
        return (c / (d + decay)) * (decay / (d + decay) / r0);
      },
    cutoff: ({ r0, c, d }, threshold) => r0 * Math.log(c / threshold - d),
  },
};

/** The weight at the inferred cutoff, unless the weighting has a threshold. */
const DEFAULT_THRESHOLD = 0.01;

/** Up to which distance from a centre a point is at it, in input units: as in DScribe, whose quadrature shuns short distances. */
export const CENTER_RADIUS = { gto: 0, polynomial: 1e-6 } as const;

/** w(r), with w0 up to `centerRadius`. */
export function weightFunction(weighting: Weighting, centerRadius: number): OfDistance {
  const byDistance = functionOf(weighting)?.weight(weighting as unknown as Parameters) ?? (() => 1);
  const { w0 } = weighting;
  return w0 === undefined ? byDistance : (r) => (r <= centerRadius ? w0 : byDistance(r));
}

/**
 * dw/dr of the weight of a point at the distance r from a centre, per unit of length.
 *
 * Zero up to `centerRadius` where w0 is the weight of a point at the centre, zero at r = 0 in any case, where `pow` and `exp` may
 * have a tip: the mean over all directions.
 */
export function weightSlope(weighting: Weighting, centerRadius: number): OfDistance {
  const byDistance = functionOf(weighting)?.slope(weighting as unknown as Parameters) ?? (() => 0);
  const flatUpTo = weighting.w0 === undefined ? 0 : centerRadius;
  return (r) => (r <= flatUpTo ? 0 : byDistance(r));
}

/** What the function of that name needs. */
export function parametersOf(name: 'poly' | 'pow' | 'exp'): ('r0' | 'c' | 'd' | 'm')[] {
  return ['r0', 'c', ...FUNCTIONS[name]!.parameters];
}

function functionOf({ function: name }: Weighting): WeightingFunction | undefined {
  if (name === undefined) return undefined;
  if (Object.hasOwn(FUNCTIONS, name)) return FUNCTIONS[name];
  throw new ValueError({ option: 'weighting.function' }, `expected poly, pow or exp, got ${name as string}`);
}

/**
 * Checks every parameter, and that w is finite from 0 to the cutoff.
 *
 * @param cutoff input units
 * @throws RangeError naming the parameter
 */
export function checkWeighting(weighting: Weighting, cutoff: number): void {
  checkParameters(weighting);
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

/** Checks every parameter by itself, but for the threshold. */
function checkParameters(weighting: Weighting): void {
  const { w0 } = weighting;
  if (weighting.function === undefined || w0 !== undefined) expectNonNegative('w0', w0);
  const found = functionOf(weighting);
  if (!found) return;
  const parameters = weighting as unknown as Parameters;
  for (const name of found.parameters) expectNonNegative(name, parameters[name]);
  expectGreaterThan0('r0', parameters.r0, ' (input units)');
  expectNonNegative('c', parameters.c);
}

function expectNonNegative(name: string, value: number | undefined): void {
  if (Number.isFinite(value) && value! >= 0) return;
  throw new ValueError({ option: `weighting.${name}` }, `expected a number >= 0, got ${value}`);
}

function expectGreaterThan0(name: string, value: number, unit = ''): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new ValueError({ option: `weighting.${name}` }, `expected a number > 0${unit}, got ${value}`);
}

interface Cutoff {
  readonly rCut?: number | undefined; // length in the input's units
  readonly weighting?: Weighting | undefined;
}

/**
 * rCut as given or, where it is left out, as DScribe infers it from the function of the weighting, t being the threshold:
 *
 * - `poly`: r0, where w is 0;
 * - `pow`: r0 (c/t - d)^(1/m), where w is t;
 * - `exp`: r0 ln(c/t - d), where c / (d + exp(r/r0)) is t; w itself, with -r/r0, grows there.
 *
 * Without a function rCut stays undefined. The threshold is left out of the weighting, since it has had its effect.
 *
 * @param least what an inferred cutoff has to be greater than, input units
 * @throws RangeError naming the parameter, or the weighting where it gives no such cutoff
 */
export function withCutoff({ rCut, weighting }: Cutoff, least: number): Cutoff {
  if (weighting === undefined) return { rCut, weighting };
  const { threshold, ...rest } = { threshold: undefined, ...weighting };
  if (threshold !== undefined) checkThreshold(threshold, weighting, rCut);
  if (rCut !== undefined || rest.function === undefined) return { rCut, weighting: rest };
  checkParameters(rest);
  const inferred = functionOf(rest)!.cutoff(rest as unknown as Parameters, threshold ?? DEFAULT_THRESHOLD);
  if (Number.isFinite(inferred) && inferred > least) return { rCut: inferred, weighting: rest };
  throw new ValueError(
    { option: 'weighting' },
    `expected one that gives a cutoff > ${least} (input units), as rCut is left out, got ${inferred}`,
  );
}

function checkThreshold(threshold: number, { function: name }: Weighting, rCut: number | undefined): void {
  const obstacles = [
    name === undefined && 'without function',
    name === 'poly' && 'with function poly',
    rCut !== undefined && 'where rCut is given',
  ];
  const obstacle = obstacles.find(Boolean);
  if (obstacle) throw new ValueError({ option: 'weighting.threshold' }, `has no meaning ${obstacle}, got ${threshold}`);
  expectGreaterThan0('threshold', threshold);
}
