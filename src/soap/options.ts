/** What fixes the radial functions. */
export interface RadialOptions {
  readonly rCut: number; // length in the input's units, > rMin
  readonly nMax: number; // radial functions per l, ≥ 1
  readonly lMax: number; // highest angular momentum, 0 to 20
  readonly rMin?: number; // lower end of the radial grid, length in the input's units, > 0; default 1
}

/** What fixes the descriptor. */
export interface SoapOptions extends RadialOptions {
  readonly sigma: number; // standard deviation of the Gaussian on each point, length in the input's units, > 0
}

/** Fills in the default and checks every value. @throws RangeError naming the option */
export function checkRadialOptions({ rCut, nMax, lMax, rMin = 1 }: RadialOptions): Required<RadialOptions> {
  if (!isPositive(rMin)) throw new RangeError(`rMin: expected a number > 0 (input units), got ${rMin}`);
  if (!isPositive(rCut) || rCut <= rMin) {
    throw new RangeError(`rCut: expected a number > ${rMin} (input units), got ${rCut}`);
  }
  checkCounts({ nMax, lMax });
  return { rCut, nMax, lMax, rMin };
}

/** Fills in the default and checks every value. @throws RangeError naming the option */
export function checkSoapOptions({ sigma, ...radial }: SoapOptions): Required<SoapOptions> {
  const checked = checkRadialOptions(radial);
  if (!isPositive(sigma)) throw new RangeError(`sigma: expected a number > 0 (input units), got ${sigma}`);
  return { ...checked, sigma };
}

/** Components of one power spectrum: nMax(nMax+1)/2 · (lMax+1). @throws RangeError naming the option */
export function featureCount({ nMax, lMax }: Pick<SoapOptions, 'nMax' | 'lMax'>): number {
  checkCounts({ nMax, lMax });
  return ((nMax * (nMax + 1)) / 2) * (lMax + 1);
}

function checkCounts({ nMax, lMax }: Pick<SoapOptions, 'nMax' | 'lMax'>): void {
  if (!Number.isInteger(nMax) || nMax < 1) throw new RangeError(`nMax: expected an integer >= 1, got ${nMax}`);
  if (!Number.isInteger(lMax) || lMax < 0 || lMax > 20) {
    throw new RangeError(`lMax: expected an integer from 0 to 20, got ${lMax}`);
  }
}

function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}
