import { ValueError } from '../errors.js';
import { checkWeightingParameters, type Weighting } from './weighting.js';

/** The weight at the inferred cutoff, unless the weighting has a threshold. */
const DEFAULT_THRESHOLD = 0.01;

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
  checkWeightingParameters(rest);
  const inferred = inferredCutoff(rest, threshold ?? DEFAULT_THRESHOLD);
  if (Number.isFinite(inferred) && inferred > least) return { rCut: inferred, weighting: rest };
  throw new ValueError(
    { option: 'weighting' },
    `expected one that gives a cutoff > ${least} (input units), as rCut is left out, got ${inferred}`,
  );
}

function inferredCutoff(weighting: Extract<Weighting, { function: string }>, threshold: number): number {
  const { r0, c } = weighting;
  switch (weighting.function) {
    case 'poly':
      return r0;
    case 'pow':
      return r0 * Math.max(c / threshold - weighting.d, 0) ** (1 / weighting.m);
    case 'exp':
      return r0 * Math.log(c / threshold - weighting.d);
  }
}

function checkThreshold(threshold: number, weighting: Weighting, rCut: number | undefined): void {
  const obstacle = obstacleTo(weighting, rCut);
  if (obstacle !== undefined) {
    throw new ValueError({ option: 'weighting.threshold' }, `has no meaning ${obstacle}, got ${threshold}`);
  }
  if (!Number.isFinite(threshold) || threshold <= 0) {
    throw new ValueError({ option: 'weighting.threshold' }, `expected a number > 0, got ${threshold}`);
  }
}

/** Why no cutoff is inferred by a threshold. */
function obstacleTo(weighting: Weighting, rCut: number | undefined): string | undefined {
  if (weighting.function === undefined) return 'without function';
  if (weighting.function === 'poly') return 'with function poly';
  return rCut === undefined ? undefined : 'where rCut is given';
}
