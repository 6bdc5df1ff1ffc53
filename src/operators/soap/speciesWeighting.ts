import { describeValue } from '../../config/describe.js';
import { orderedSpecies } from './declaredSpecies.js';

/** The factor of each species, by its name. */
type Factors = Readonly<Record<string, number>>;

/** What is wrong with factors that are not those of the declared species, and at which key, if at one. */
export function* speciesWeightingProblems(
  factors: Factors,
  declared: readonly (string | number)[] | undefined,
): Generator<{ readonly path: string[]; readonly message: string }> {
  if (declared === undefined) {
    yield { path: [], message: `has no meaning without species, got ${describeValue(factors)}` };
    return;
  }
  const names = orderedSpecies(declared);
  const missing = names.filter((name) => !Object.hasOwn(factors, name));
  if (missing.length > 0) {
    yield { path: [], message: `expected a factor for each declared species, got none for ${missing.join(', ')}` };
  }
  for (const name of Object.keys(factors).filter((key) => !names.includes(key))) {
    const message = `expected one of the declared species ${names.join(', ')}, got ${describeValue(name)}`;
    yield { path: [name], message };
  }
}

/** The factors in the order of the species in a row; they are those of the declared species. */
export function orderedFactors(factors: Factors, declared: readonly (string | number)[]): number[] {
  return orderedSpecies(declared).map((name) => factors[name]!);
}
