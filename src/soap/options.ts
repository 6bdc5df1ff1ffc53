import { type Compression, rowLength } from './channels.js';
import { checkWeighting, type Weighting, weightCutoff, withoutThreshold } from './weighting.js';

/** The most radial functions, the highest angular momentum and the most species that a descriptor may have. */
export const MAX_N = 20;
export const MAX_L = 50;
export const MAX_SPECIES = 1024;

/** Bytes that a row, the coefficients it is made of and the table of radial functions may take together. */
const MEMORY_LIMIT = 2 ** 28;

/** A point counts as long as its Gaussian has not fallen to this at rCut. */
const THRESHOLD = 0.001;

/** What fixes the Gaussian-type radial functions. */
export interface RadialOptions {
  readonly rCut: number; // length in the input's units, > rMin
  readonly nMax: number; // radial functions per l, 1 to MAX_N
  readonly lMax: number; // highest angular momentum, 0 to MAX_L
  readonly rMin?: number; // lower end of the radial grid, length in the input's units, > 0; default 1
}

/** What fixes the descriptor. */
export interface SoapOptions extends Omit<RadialOptions, 'rCut'> {
  readonly rCut?: number; // as above; may be left out where a weighting has a function, which then tells it (`weightCutoff`)
  readonly sigma: number; // standard deviation of the Gaussian on each point, length in the input's units, > 0
  readonly radialBasis?: RadialBasis; // default gto; polynomial has no use for rMin, and takes any rCut > 0
  readonly nSpecies?: number; // kinds of points, 1 to MAX_SPECIES; default 1
  readonly speciesWeighting?: readonly number[] | undefined; // factor of each species; default all 1
  readonly weighting?: Weighting | undefined; // how much a point counts at its distance; by default all count 1
  readonly average?: Average; // default off
  readonly compression?: Compression; // which pairs of species make the row; default off, which is all pairs
  readonly arithmetic?: Arithmetic; // default float64
  readonly kernel?: KernelName; // default auto
}

/** Gaussian-type orbitals, or polynomials (rCut - r)^(n+2), both orthonormalized. */
export type RadialBasis = 'gto' | 'polynomial';

/**
 * What becomes of the centres of a cloud: a row each (`off`); one row, the mean of theirs (`outer`); or one row, made of the mean
 * of their coefficients (`inner`).
 */
export type Average = 'off' | 'inner' | 'outer';

/**
 * Of points, radial functions and harmonics. With float32 the error is below 1e-3 of each component's interquartile range on MNIST.
 * Distances, coefficients and the products of coefficients are float64 in any case.
 */
export type Arithmetic = 'float64' | 'float32';

/**
 * What computes: `wasm` is WebAssembly with SIMD; `wasmRelaxed` also rounds a product and a sum together, which is faster, but another
 * engine or processor may round otherwise; `plain` is TypeScript, float64 in any case. `auto` is the fastest that the engine can run.
 */
export type KernelName = 'auto' | 'wasmRelaxed' | 'wasm' | 'plain';

/** Options that have been checked, with the defaults filled in. */
export type CheckedSoapOptions = Required<SoapOptions>;

/** Fills in the default and checks every value. @throws RangeError naming the option */
export function checkRadialOptions({ rCut, nMax, lMax, rMin = 1 }: RadialOptions): Required<RadialOptions> {
  expectPositive('rMin', rMin);
  if (!Number.isFinite(rCut) || rCut <= rMin) {
    throw new RangeError(`rCut: expected a number > ${rMin} (input units), got ${rCut}`);
  }
  expectCounts({ nMax, lMax });
  return { rCut, nMax, lMax, rMin };
}

/** Fills in the defaults and checks every value, and that the descriptor fits in memory. @throws RangeError naming the option */
export function checkSoapOptions(options: SoapOptions): CheckedSoapOptions {
  const { nMax, lMax, rMin = 1, sigma, nSpecies = 1 } = options;
  const rCut = options.rCut ?? weightCutoff(options.weighting);
  const weighting = options.weighting && withoutThreshold(options.weighting, options.rCut);
  const speciesWeighting = checkSpeciesWeighting(options.speciesWeighting, nSpecies);
  const {
    radialBasis = 'gto',
    average = 'off',
    compression = 'off',
    arithmetic = 'float64',
    kernel = 'auto',
  } = options;
  expectOneOf('radialBasis', radialBasis, ['gto', 'polynomial']);
  if (radialBasis === 'gto') checkRadialOptions({ rCut, nMax, lMax, rMin });
  else expectPositive('rCut', rCut);
  expectPositive('sigma', sigma);
  expectCounts({ nMax, lMax, nSpecies });
  expectOneOf('average', average, ['off', 'inner', 'outer']);
  expectOneOf('compression', compression, ['off', 'mu2', 'mu1nu1', 'crossover']);
  expectOneOf('arithmetic', arithmetic, ['float64', 'float32']);
  expectOneOf('kernel', kernel, ['auto', 'wasmRelaxed', 'wasm', 'plain']);
  if (weighting !== undefined) checkWeighting(weighting, cutoffRadius({ rCut, sigma }));
  const basis = { rCut, nMax, lMax, rMin, sigma, radialBasis };
  const checked = { ...basis, nSpecies, speciesWeighting, weighting, average, compression, arithmetic, kernel };
  expectToFit(checked);
  return checked;
}

/** How far from a centre a point may be to count, as in DScribe: rCut + σ√(-2 ln 0.001), in input units. */
export function cutoffRadius({ rCut, sigma }: Pick<CheckedSoapOptions, 'rCut' | 'sigma'>): number {
  return rCut + sigma * Math.sqrt(-2 * Math.log(THRESHOLD));
}

/**
 * Components of a row. For one species nMax(nMax+1)/2 · (lMax+1); as many for every species with itself and nMax² · (lMax+1)
 * for every pair of two, as far as the compression has them.
 *
 * @throws RangeError naming the option
 */
export function featureCount(options: Pick<SoapOptions, 'nMax' | 'lMax' | 'nSpecies' | 'compression'>): number {
  const { nMax, lMax, nSpecies = 1, compression = 'off' } = options;
  expectCounts({ nMax, lMax, nSpecies });
  return rowLength(nMax, lMax, nSpecies, compression);
}

/** @returns undefined where all factors are 1 @throws RangeError */
function checkSpeciesWeighting(
  weights: readonly number[] | undefined,
  nSpecies: number,
): readonly number[] | undefined {
  if (weights === undefined) return undefined;
  if (weights.length !== nSpecies) {
    throw new RangeError(`speciesWeighting: expected a factor for each of ${nSpecies} species, got ${weights.length}`);
  }
  const wrong = weights.findIndex((weight) => !Number.isFinite(weight));
  if (wrong >= 0) throw new RangeError(`speciesWeighting[${wrong}]: expected a finite number, got ${weights[wrong]}`);
  return weights.some((weight) => weight !== 1) ? weights : undefined;
}

/** Refuses what would not fit before anything of it is made. */
function expectToFit(options: CheckedSoapOptions): void {
  const { nMax, lMax, nSpecies } = options;
  const coefficients = (nSpecies + 1) * nMax * (lMax + 1) ** 2;
  const bytes = 8 * (featureCount(options) + coefficients);
  if (bytes <= MEMORY_LIMIT) return;
  throw new RangeError(
    `nMax, lMax, nSpecies: expected a row and its coefficients of at most ${MEMORY_LIMIT} bytes, got ${bytes} for nMax ${nMax}, lMax ${lMax}, nSpecies ${nSpecies}`,
  );
}

function expectCounts({ nMax, lMax, nSpecies = 1 }: { nMax: number; lMax: number; nSpecies?: number }): void {
  expectInteger('nMax', nMax, 1, MAX_N);
  expectInteger('lMax', lMax, 0, MAX_L);
  expectInteger('nSpecies', nSpecies, 1, MAX_SPECIES);
}

function expectInteger(name: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw new RangeError(`${name}: expected an integer from ${from} to ${to}, got ${value}`);
}

function expectPositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new RangeError(`${name}: expected a number > 0 (input units), got ${value}`);
}

function expectOneOf(name: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return;
  throw new RangeError(`${name}: expected ${names.slice(0, -1).join(', ')} or ${names.at(-1)}, got ${value}`);
}
