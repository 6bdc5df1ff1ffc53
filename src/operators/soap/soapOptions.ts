import { z } from 'zod';
import { describeValue } from '../../config/describe.js';
import { checkSoapOptions, MAX_L, MAX_N, MAX_SPECIES } from '../../soap/options.js';
import type { SoapOptions, Weighting } from '../../soap/index.js';
import { ValueError } from '../../errors.js';
import { isSupported } from '../../soap/wasmModule.js';
import { isMapping } from '../../config/paths.js';
import { orderedSpecies } from './declaredSpecies.js';
import { WEIGHTING_KEYS, weightingOptions } from './weightingOptions.js';

export const soapStepOptions = z
  .strictObject({
    rCut: z
      .number()
      .positive()
      .optional()
      .describe(
        'Cutoff radius (input units), with gto greater than rMin. May be left out where `weighting` has a function, which then gives it: poly r0; pow r0 (c/t − d)^(1/m); exp r0 ln(c/t − d).',
      ),
    nMax: z.int().min(1).max(MAX_N).describe('Number of radial basis functions.'),
    lMax: z.int().min(0).max(MAX_L).describe('Maximum degree of the spherical harmonics, inclusive.'),
    sigma: z.number().positive().describe('Width of the Gaussian around each point (input units).'),
    rMin: z
      .number()
      .positive()
      .optional()
      .describe(
        'Lower end of the radial grid of gto, and its unit of length: scale it with the cloud (input units). 1 unless given.',
      ),
    radialBasis: z
      .enum(['gto', 'polynomial'])
      .default('gto')
      .describe('gto: Gaussian-type orbitals; polynomial: (rCut − r)^(n+2). Both orthonormalized.'),
    species: z
      .array(z.union([z.string().min(1), z.int()]))
      .min(1)
      .max(MAX_SPECIES)
      .superRefine((species, context) => {
        const seen = new Set<string>();
        for (const [i, name] of species.entries()) {
          if (seen.has(String(name))) {
            const message = `expected each species once, got ${describeValue(name)} again`;
            context.addIssue({ code: 'custom', message, path: [i] });
          }
          seen.add(String(name));
        }
      })
      .optional()
      .describe('Kinds of points to tell apart, as the column `species` names them; without this all are of one kind.'),
    periodic: z
      .boolean()
      .default(false)
      .describe(
        'Whether clouds repeat: along the vectors of the column `cell`, all or those that the column `pbc` tells.',
      ),
    weighting: weightingOptions
      .optional()
      .describe('How much a point counts at its distance r from the centre; without this all count 1.'),
    speciesWeighting: z
      .record(z.string(), z.number())
      .optional()
      .describe(
        'A factor for each of `species`, which its points count by, whatever their distance: { H: 1, O: 2.5 }. It tells species apart even with mu2.',
      ),
    average: z
      .enum(['off', 'inner', 'outer'])
      .default('off')
      .describe(
        'off: a row for each centre; outer: the mean of these rows, one a cloud; inner: of their coefficients.',
      ),
    compression: z
      .enum(['off', 'mu2', 'mu1nu1', 'crossover'])
      .default('off')
      .describe(
        'Pairs of species in a row. off: all; crossover: each with itself; mu1nu1: each with all points; mu2: all points with themselves.',
      ),
    derivatives: z
      .enum(['off', 'fixed', 'attached'])
      .default('off')
      .describe(
        'With respect to the positions of the points, as the column `derivatives`. fixed: centres stay when a point moves; attached: a centre moves along with its point.',
      ),
    arithmetic: z
      .enum(['float64', 'float32'])
      .default('float64')
      .describe(
        'Of radial functions and harmonics. float32 is faster and, on MNIST, off by less than 1e-3 of the interquartile range of each component.',
      ),
    kernel: z
      .enum(['auto', 'wasmRelaxed', 'wasm', 'plain'])
      .default('auto')
      .describe(
        'What computes: WebAssembly, with instructions that round as the processor likes (wasmRelaxed) or everywhere alike (wasm); plain TypeScript; or the fastest of these here (auto).',
      ),
    precision: z.enum(['float32', 'float64']).default('float32').describe('Type of the output.'),
    batchRows: z
      .int()
      .min(1)
      .max(65_536)
      .default(1024)
      .describe('Rows in a batch that leaves, at most; fewer where they would take more than 64 MiB.'),
  })
  .superRefine(
    ({ rCut, weighting }, context) => {
      const isBlamed = (option: string): boolean => context.issues.some(({ path }) => path?.[0] === option);
      if (rCut !== undefined || isBlamed('rCut') || isBlamed('weighting')) return;
      if (weighting && 'function' in weighting) return;
      context.addIssue({ code: 'invalid_type', expected: 'number', input: rCut, path: ['rCut'] });
    },
    { when: ({ value }) => isMapping(value) }, // along with whatever else is missing
  )
  .superRefine((options, context) => {
    if (context.issues.length > 0) return; // what is wrong by itself would be told twice
    for (const contradiction of contradictionsIn(options)) context.addIssue({ code: 'custom', ...contradiction });
  });

export type SoapStepOptions = z.output<typeof soapStepOptions>;

interface Contradiction {
  readonly path: string[];
  readonly message: string;
}

/** What no option is to blame for alone. */
function contradictionsIn(options: SoapStepOptions): Contradiction[] {
  const ofSpecies = [...speciesWeightingProblems(options)];
  if (ofSpecies.length > 0) return ofSpecies;
  const contradiction = contradictionIn(options);
  return contradiction ? [contradiction] : [];
}

/** Factors that are not those of the declared species. */
function* speciesWeightingProblems({ species, speciesWeighting: factors }: SoapStepOptions): Generator<Contradiction> {
  const path = ['speciesWeighting'];
  if (factors && !species) yield { path, message: `has no meaning without species, got ${describeValue(factors)}` };
  if (!factors || !species) return;
  const names = orderedSpecies(species);
  const missing = names.filter((name) => !Object.hasOwn(factors, name));
  if (missing.length > 0) {
    yield { path, message: `expected a factor for each declared species, got none for ${missing.join(', ')}` };
  }
  for (const name of Object.keys(factors).filter((key) => !names.includes(key))) {
    const message = `expected one of the declared species ${names.join(', ')}, got ${describeValue(name)}`;
    yield { path: [...path, name], message };
  }
}

function contradictionIn(options: SoapStepOptions): Contradiction | undefined {
  const { rCut, rMin = 1, radialBasis, arithmetic, kernel } = options;
  if (radialBasis === 'polynomial' && options.rMin !== undefined) {
    return { path: ['rMin'], message: `has no meaning with radialBasis polynomial, got ${rMin}` };
  }
  if (radialBasis === 'gto' && rCut !== undefined && rCut <= rMin) {
    return { path: ['rCut'], message: `expected a number > rMin = ${rMin} (input units), got ${rCut}` };
  }
  if (kernel === 'plain' && arithmetic === 'float32') {
    return { path: ['arithmetic'], message: 'expected float64, the only one of kernel plain, got "float32"' };
  }
  if (options.derivatives !== 'off' && arithmetic === 'float32') {
    const message = `expected float64, in which derivatives ${options.derivatives} are computed, got "float32"`;
    return { path: ['arithmetic'], message };
  }
  if ((kernel === 'wasm' || kernel === 'wasmRelaxed') && !isSupported(kernel)) {
    return { path: ['kernel'], message: `expected one that this engine can run, got "${kernel}"` };
  }
  try {
    checkSoapOptions(kernelOptions(options));
  } catch (error) {
    if (error instanceof ValueError) return blamed(error);
    throw error;
  }
  return undefined;
}

/** The factor of each species, in their order. */
function factorsOf({ species, speciesWeighting }: SoapStepOptions): number[] | undefined {
  return species && speciesWeighting && orderedSpecies(species).map((name) => speciesWeighting[name]!);
}

/** What the kernel finds wrong, at the option that the step has for the kernel's. */
function blamed({ place: { option = '' }, detail }: ValueError): Contradiction {
  return { path: option === 'nSpecies' ? ['species'] : option.split('.'), message: detail };
}

/** The options as the kernel has them. */
export function kernelOptions(options: SoapStepOptions): SoapOptions {
  const { rCut, nMax, lMax, sigma, rMin, radialBasis, species } = options;
  const { weighting, average, compression, arithmetic, kernel } = options;
  return {
    nMax,
    lMax,
    sigma,
    radialBasis,
    average,
    compression,
    arithmetic,
    kernel,
    nSpecies: species?.length ?? 1,
    speciesWeighting: factorsOf(options),
    weighting: weighting as Weighting | undefined, // its schema has seen to that
    ...(rCut !== undefined && { rCut }),
    ...(rMin !== undefined && { rMin }),
  };
}

/**
 * What the numbers mean, as metadata of their column. How exact they are (precision, arithmetic, kernel) is left out, since a
 * model may well be applied to the same features in float32; so are options that are off, which change nothing.
 */
export function provenanceOf(options: SoapStepOptions): Map<string, string> {
  const { nMax, lMax, sigma, rMin = 1, radialBasis, species, periodic, weighting, average, compression } = options;
  const { rCut, speciesWeighting } = checkSoapOptions(kernelOptions(options)); // what was left out, and what has an effect
  const entries = {
    descriptor: 'soap',
    rCut,
    nMax,
    lMax,
    sigma,
    ...(radialBasis === 'gto' ? { rMin } : { radialBasis }),
    ...(species && { species: JSON.stringify(orderedSpecies(species)) }),
    ...(periodic && { periodic }),
    ...(weighting && { weighting: JSON.stringify(weighting, WEIGHTING_KEYS) }),
    ...(speciesWeighting && { speciesWeighting: JSON.stringify(speciesWeighting) }),
    ...(average !== 'off' && { average }),
    ...(compression !== 'off' && { compression }),
  };
  return new Map(Object.entries(entries).map(([name, value]) => [name, String(value)]));
}
