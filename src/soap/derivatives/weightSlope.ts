import type { Weighting } from '../weighting.js';

/**
 * dw/dr of the weight of a point at the distance r from a centre, per unit of length.
 *
 * Zero up to `centerRadius` where w0 is the weight of a point at the centre, zero at r = 0 in any case, where `pow` and `exp` may
 * have a tip: the mean over all directions.
 */
export function weightSlope(weighting: Weighting, centerRadius: number): (r: number) => number {
  const byDistance = distanceSlope(weighting);
  const flatUpTo = weighting.w0 === undefined ? 0 : centerRadius;
  return (r) => (r <= flatUpTo ? 0 : byDistance(r));
}

/** In factors that neither cancel nor overflow where the weight does not. */
function distanceSlope(weighting: Weighting): (r: number) => number {
  switch (weighting.function) {
    case 'poly': {
      const { r0, c, m } = weighting;
      return (r) => {
        const t = r / r0;
        return t >= 1 ? 0 : (-6 * c * m * t * (1 - t) ** (2 * m - 1) * (1 + 2 * t) ** (m - 1)) / r0;
      };
    }
    case 'pow': {
      const { r0, c, d, m } = weighting;
      return (r) => {
        const power = (r / r0) ** m;
        return (-c / (d + power)) * (power / (d + power)) * (m / r);
      };
    }
    case 'exp': {
      const { r0, c, d } = weighting;
      return (r) => {
        const decay = Math.exp(-r / r0);
        return (c / (d + decay)) * (decay / (d + decay) / r0);
      };
    }
    case undefined:
      return () => 0;
  }
}
