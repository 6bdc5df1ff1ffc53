import type { RadialBasis, RadialOptions } from '../options.js';

/** What fixes the radial functions of a density of Gaussians; polynomial has no rMin, and takes any rCut > 0. */
export interface RadialFunctionOptions extends RadialOptions {
  readonly sigma: number; // standard deviation of the Gaussian on each point, length in the input's units, > 0
  readonly radialBasis?: RadialBasis;
}

/**
 * The radial functions G_nl(r), (lMax+1)·nMax of them, function l·nMax + n: what a Gaussian of width σ at distance r from the
 * centre has in common with the basis function g_nl,
 *
 *     G_nl(r) Y_lm(R̂) = ∫ g_nl(r') Y_lm(R̂') exp(-|R' - R|²/2σ²) dR'             r = |R|
 *
 * G_nl(-r) = (-1)^l G_nl(r).
 */
export interface RadialFunctions {
  /** The functions vary on this length and not below: a standard deviation of the narrowest Gaussian in them. Input units. */
  readonly resolution: number;
  /** G_nl(k·spacing) for k = 0 to count - 1: count×nFunctions. */
  readonly sample: (spacing: number, count: number) => Float64Array;
}
