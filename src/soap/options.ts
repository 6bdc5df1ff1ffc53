import { ValueError } from '../errors.js';
import { type Compression, rowLength } from './channels.js';
import { checkWeighting, type Weighting, withCutoff } from './weighting.js';

/** The most radial functions, the highest angular momentum and the most species that a descriptor may have. */
export const MAX_N = 20;
export const MAX_L = 50;
export const MAX_SPECIES = 1024;

/** Bytes that a row and the coefficients it is made of may take together. The table of radial functions has a limit of its own. */
const MEMORY_LIMIT = 2 ** 28;

/** The longest length, input units: beyond it float64 cannot hold its powers. */
const LONGEST = 1e100;

/** A cutoff may be so many widths of the Gaussian: the table of radial functions could not be held much farther. */
const MOST_WIDTHS = 1e6;

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
  readonly rCut?: number | undefined; // length in the input's units, > rMin; may be left out where weighting has a function, which then gives it
  readonly sigma: number; // standard deviation of the Gaussian on each point, length in the input's units, > 0
  readonly radialBasis?: RadialBasis; // default gto; polynomial has no use for rMin, and takes any rCut > 0
  readonly nSpecies?: number; // kinds of points, 1 to MAX_SPECIES; default 1
  readonly weighting?: Weighting | undefined; // how much a point counts at its distance; by default all count 1
  readonly average?: Average; // default off
  readonly compression?: Compression; // which pairs of species make the row; default off, which is all pairs
  readonly speciesWeighting?: readonly number[] | undefined; // a factor for the density of each species; by default all are 1
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
export interface CheckedSoapOptions extends Required<SoapOptions> {
  readonly rCut: number;
}

/** Fills in the default and checks every value. @throws RangeError naming the option */
export function checkRadialOptions({ rCut, nMax, lMax, rMin = 1 }: RadialOptions): Required<RadialOptions> {
  expectPositive('rMin', rMin);
  expectCutoff(rCut, rMin);
  expectCounts({ nMax, lMax });
  return { rCut, nMax, lMax, rMin };
}

/** Fills in the defaults and checks every value, and that the descriptor fits in memory. @throws RangeError naming the option */
export function checkSoapOptions(options: SoapOptions): CheckedSoapOptions {
  const { nMax, lMax, rMin = 1, sigma, nSpecies = 1, speciesWeighting } = options;
  const {
    radialBasis = 'gto',
    average = 'off',
    compression = 'off',
    arithmetic = 'float64',
    kernel = 'auto',
  } = options;
  expectOneOf('radialBasis', radialBasis, ['gto', 'polynomial']);
  const isGto = radialBasis === 'gto';
  if (isGto) expectPositive('rMin', rMin);
  const { rCut, weighting } = withCutoff(options, isGto ? rMin : 0);
  expectCutoff(rCut, isGto ? rMin : 0);
  expectPositive('sigma', sigma);
  expectResolvable({ rCut, sigma });
  expectCounts({ nMax, lMax, nSpecies });
  expectOneOf('average', average, ['off', 'inner', 'outer']);
  expectOneOf('compression', compression, ['off', 'mu2', 'mu1nu1', 'crossover']);
  expectOneOf('arithmetic', arithmetic, ['float64', 'float32']);
  expectOneOf('kernel', kernel, ['auto', 'wasmRelaxed', 'wasm', 'plain']);
  if (weighting !== undefined) checkWeighting(weighting, cutoffRadius({ rCut, sigma }));
  const basis = { rCut, nMax, lMax, rMin, sigma, radialBasis };
  const species = { nSpecies, compression, speciesWeighting: checkedFactors(speciesWeighting, nSpecies) };
  const checked = { ...basis, ...species, weighting, average, arithmetic, kernel };
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

/** The factors of the species, as they are now; undefined where all are 1, which changes nothing. */
function checkedFactors(factors: readonly number[] | undefined, nSpecies: number): readonly number[] | undefined {
  if (factors === undefined) return undefined;
  if (factors.length !== nSpecies) {
    throw new ValueError(
      { option: 'speciesWeighting' },
      `expected length ${nSpecies}, the number of species, got ${factors.length}`,
    );
  }
  const checked = Array.from(factors);
  for (const [i, factor] of checked.entries()) {
    if (Number.isFinite(factor)) continue;
    throw new ValueError({ option: `speciesWeighting[${i}]` }, `expected a finite number, got ${factor}`);
  }
  return checked.every((factor) => factor === 1) ? undefined : checked;
}

/** Refuses what would not fit before anything of it is made. */
function expectToFit(options: CheckedSoapOptions): void {
  const { nMax, lMax, nSpecies } = options;
  const coefficients = (nSpecies + 1) * nMax * (lMax + 1) ** 2;
  const bytes = 8 * (featureCount(options) + coefficients);
  if (bytes <= MEMORY_LIMIT) return;
  throw new ValueError(
    { option: 'nSpecies' }, // of one the longest rows are short
    `expected a row and its coefficients of at most ${MEMORY_LIMIT} bytes, got ${bytes} for nMax ${nMax}, lMax ${lMax}, nSpecies ${nSpecies}`,
  );
}

function expectCounts({ nMax, lMax, nSpecies = 1 }: { nMax: number; lMax: number; nSpecies?: number }): void {
  expectInteger('nMax', nMax, 1, MAX_N);
  expectInteger('lMax', lMax, 0, MAX_L);
  expectInteger('nSpecies', nSpecies, 1, MAX_SPECIES);
}

function expectInteger(name: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw new ValueError({ option: name }, `expected an integer from ${from} to ${to}, got ${told(value)}`);
}

function expectCutoff(rCut: number | undefined, least: number): asserts rCut is number {
  expectLength('rCut', rCut, least);
}

function expectPositive(name: string, value: number): void {
  expectLength(name, value, 0);
}

function expectLength(name: string, value: number | undefined, least: number): void {
  if (!Number.isFinite(value) || value! <= least) {
    throw new ValueError({ option: name }, `expected a number > ${least} (input units), got ${told(value)}`);
  }
  if (value! > LONGEST) {
    throw new ValueError({ option: name }, `expected a number of at most ${LONGEST} (input units), got ${value}`);
  }
}

function expectResolvable(options: Pick<CheckedSoapOptions, 'rCut' | 'sigma'>): void {
  const least = cutoffRadius(options) / MOST_WIDTHS;
  if (options.sigma >= least) return;
  throw new ValueError(
    { option: 'sigma' },
    `expected a number >= ${least} (input units), 1/${MOST_WIDTHS} of the cutoff, got ${options.sigma}`,
  );
}

/** A value in a message: text in quotes. */
function told(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function expectOneOf(name: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return;
  throw new ValueError({ option: name }, `expected ${names.slice(0, -1).join(', ')} or ${names.at(-1)}, got ${value}`);
}
