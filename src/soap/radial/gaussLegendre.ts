import { cosine } from './cosine.js';

/** A rule of quadrature: ∫ f ≈ Σ_i weights_i f(nodes_i). */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** Newton's method doubles the digits of an estimate that has three: four steps are one more than float64 asks for. */
const NEWTON_STEPS = 4;

/**
 * Gauss-Legendre quadrature with `count` nodes in each of `nPanels` equal panels of [0, end]: exact for polynomials of degree
 * 2·count - 1 in each. The nodes of a panel are the zeros of the Legendre polynomial P_count.
 */
export function gaussLegendre(count: number, nPanels: number, end: number): Quadrature {
  const nodes = new Float64Array(nPanels * count);
  const weights = new Float64Array(nPanels * count);
  const half = end / nPanels / 2;
  for (let i = 0; i < count; i++) {
    let x = -cosine((Math.PI * (i + 0.75)) / (count + 0.5));
    for (let step = 0; step < NEWTON_STEPS; step++) {
      const { value, slope } = legendre(count, x);
      x -= value / slope;
    }
    const weight = (2 * half) / ((1 - x * x) * legendre(count, x).slope ** 2);
    for (let panel = 0; panel < nPanels; panel++) {
      nodes[panel * count + i] = half * (2 * panel + 1 + x);
      weights[panel * count + i] = weight;
    }
  }
  return { nodes, weights };
}

/** P_count(x) and its derivative, for |x| < 1. */
function legendre(count: number, x: number) {
  let before = 1;
  let value = x;
  for (let l = 1; l < count; l++) [before, value] = [value, ((2 * l + 1) * x * value - l * before) / (l + 1)];
  return { value, slope: (count * (x * value - before)) / (x * x - 1) };
}
