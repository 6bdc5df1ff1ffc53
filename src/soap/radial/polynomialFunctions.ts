import { gaussLegendre } from './gaussLegendre.js';
import { polynomialBasis } from './polynomialBasis.js';
import type { RadialFunctionOptions, RadialFunctions } from './radialFunctions.js';
import { scaledBessel } from './scaledBessel.js';

/** A Gaussian has fallen below 1e-17 of itself at this many σ. */
const REACH = 9;

/** Panels of the quadrature are so many σ wide, or somewhat less. */
const PANEL = 2;

/** Degree of polynomials that follow the Gaussian and i_l on a panel to 1e-17. */
const GAUSSIAN_DEGREE = 36;

/**
 * The radial functions of the polynomial basis. The Gaussian expands in modified spherical Bessel functions i_l, so that
 *
 *     G_nl(R) = 4π ∫₀^rCut r² g_n(r) exp(-(r² + R²)/2σ²) i_l(rR/σ²) dr
 *
 * by Gauss's quadrature on panels of [0, rCut]. A digit or two cancel in it at most, so float64 leaves G_nl right to about 1e-15
 * of its maximum.
 *
 * @see polynomialBasis for g_n
 */
export function polynomialFunctions(options: Required<RadialFunctionOptions>): RadialFunctions {
  const { nMax, lMax, sigma } = options;
  const nFunctions = (lMax + 1) * nMax;
  const bessel = new Float64Array(lMax + 1);
  let quadrature: ReturnType<typeof weightedBasis> | undefined;

  const sample = (spacing: number, count: number) => {
    quadrature ??= weightedBasis(options);
    const { nodes, weighted, nodesPerSigma } = quadrature;
    const values = new Float64Array(count * nFunctions);
    for (let k = 0; k < count; k++) {
      const distance = (k * spacing) / sigma;
      const first = Math.max(0, Math.floor((distance - REACH) * nodesPerSigma));
      const end = Math.min(nodes.length, Math.ceil((distance + REACH) * nodesPerSigma));
      for (let node = first; node < end; node++) {
        const r = nodes[node]! / sigma;
        const gaussian = Math.exp(-((r - distance) ** 2) / 2);
        scaledBessel(lMax, r * distance, bessel);
        for (let l = 0; l <= lMax; l++) {
          const kernel = gaussian * bessel[l]!;
          const at = k * nFunctions + l * nMax;
          for (let n = 0; n < nMax; n++) values[at + n]! += kernel * weighted[node * nMax + n]!;
        }
      }
    }
    return values;
  };
  return { resolution: sigma, sample };
}

/** 4π r² g_n(r) times the weight of r in the quadrature: nodes×nMax. @throws RangeError where float64 cannot hold the basis */
function weightedBasis({ rCut, nMax, lMax, sigma }: Required<RadialFunctionOptions>) {
  const degree = nMax + 4 + lMax + GAUSSIAN_DEGREE; // of r² g_n, of r^l in i_l, and of the rest
  const nodesPerPanel = Math.ceil((degree + 1) / 2);
  const nPanels = Math.ceil(rCut / (PANEL * sigma));
  const { nodes, weights } = gaussLegendre(nodesPerPanel, nPanels, rCut);
  const weighted = polynomialBasis(rCut, nMax, nodes).map((value, i) => {
    const node = Math.floor(i / nMax);
    return 4 * Math.PI * weights[node]! * nodes[node]! ** 2 * value;
  });
  return { nodes, weighted, nodesPerSigma: (nodes.length * sigma) / rCut };
}
