import { readFileSync } from 'node:fs';

/** What `test/data/stats.py` has written, by NumPy and scikit-learn. */
export interface Golden {
  readonly columnCount: number;
  readonly data: number[];
  readonly scaler: { readonly centers: number[]; readonly scales: number[] };
  /** The first rows. */
  readonly rescaled: number[];
  readonly covariance: number[];
  readonly rescaledCovariance: number[];
  readonly pca: {
    readonly mean: number[];
    readonly components: number[];
    readonly explainedVariance: number[];
    readonly explainedVarianceRatio: number[];
    readonly codes: number[];
    readonly reconstructionMse: number;
  };
}

export const golden: Golden = JSON.parse(readFileSync(new URL('../data/stats.json', import.meta.url), 'utf8'));
