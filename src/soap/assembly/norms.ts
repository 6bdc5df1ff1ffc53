import { reserve } from './memory';
import { lMax } from './settings';

/** What the harmonics of this module lack to be orthonormal, times factors of the host's: a number for each l and m ≥ 0, at l(l+1)/2 + m, f64. */
let norms: usize = 0;

export function configureNorms(): void {
  norms = reserve(4 * <usize>((lMax + 1) * (lMax + 2)));
}

/** Where the host writes them. */
export function harmonicNorms(): usize {
  return norms;
}

@inline
export function norm(l: i32, m: i32): f64 {
  return load<f64>(norms + 8 * <usize>(((l * (l + 1)) >> 1) + m));
}
