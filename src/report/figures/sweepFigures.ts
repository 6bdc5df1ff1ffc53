import type { Figure, Table } from '../figure.js';
import type { Sweep } from '../readSweep.js';
import { bestTrials, correlationTable, parameterMargins, parameterPairs } from './sampledSweep.js';
import { sweepCases, trialTable } from './sweepCases.js';
import { sweepCurves } from './sweepCurves.js';
import { scored } from './trialColors.js';

/** What a sweep shows: clouds of trials where parameters were drawn or are several, curves along one, dots for cases alone. */
export function sweepFigures(sweep: Sweep): (Figure | Table)[] {
  const of = scored(sweep);
  if ((sweep.sampled || sweep.numeric.length > 1) && of && of.done.length > 0) {
    return [
      bestTrials(sweep, of),
      parameterPairs(sweep, of),
      parameterMargins(sweep, of),
      correlationTable(sweep, of),
    ].filter((each) => each !== undefined);
  }
  if (sweep.numeric.length === 1 && !sweep.sampled) return sweepCurves(sweep);
  return [sweepCases(sweep), trialTable(sweep)].filter((each) => each !== undefined);
}
