import type { Data } from 'apache-arrow';

/** Numbers from 0 to 1 that are always the same. */
export declare function randomNumbers(seed: number): () => number;

/** Writes columns, of one length and in the order given, as a Parquet file. */
export declare function writeColumns(
  path: string,
  columns: Readonly<Record<string, Data>>,
  metadata?: Readonly<Record<string, string>>,
  fieldMetadata?: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void>;

/** A metric as `metricsSchema` has it. */
export interface MetricCell {
  readonly metric: string;
  readonly value: number;
  readonly epoch?: number;
  readonly actual?: number;
  readonly predicted?: number;
}

export declare function writeMetrics(
  path: string,
  pipeline: string,
  step: string,
  rows: readonly MetricCell[],
): Promise<void>;

export interface TrialRow {
  readonly baseline?: boolean;
  readonly status?: string;
  readonly settings: Readonly<Record<string, number | string | undefined>>;
  readonly metrics: Readonly<Record<string, number | undefined>>;
}

/** @param description what the metadata `sweep` says */
export declare function writeResults(
  path: string,
  description: { readonly parameters: readonly { readonly name: string; readonly kind: string }[] },
  trials: readonly TrialRow[],
): Promise<void>;

export interface PixelRow {
  readonly image: number;
  readonly label?: number;
  readonly position: readonly [number, number, number];
  readonly probabilities: readonly number[];
}

export declare function writePredictions(path: string, pixels: readonly PixelRow[]): Promise<void>;

/** @param correlation row by row */
export declare function writeCorrelation(
  path: string,
  correlation: readonly (readonly number[])[],
  metadata?: Readonly<Record<string, string>>,
): Promise<void>;

/** Writes `runs/<name>.json`; what is not given is made up. */
export declare function writeRecord(folder: string, record: Readonly<Record<string, unknown>> & { name: string }): void;

/** A folder with an output of every kind, as runs would have left it; the numbers are made up. */
export declare function writeReportFolder(folder: string): Promise<void>;
