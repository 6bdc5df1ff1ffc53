import type { DocumentPlace } from './diagnostics.js';
import type { Path } from './paths.js';
import type { Scalar } from './scalar.js';
import type { RangeOptions } from './sweepOptions.js';

/** A value that a trial may have, and where the file says so. */
export interface SweepValue {
  readonly value: Scalar;
  readonly place: DocumentPlace;
}

/** Numbers between two ends. */
export interface RangeParameter extends RangeOptions {
  readonly kind: 'range';
  /** The variable. */
  readonly name: string;
  /** Of both ends, and of what lies between. */
  readonly places: { readonly from: DocumentPlace; readonly to: DocumentPlace; readonly between: DocumentPlace };
}

export interface ListParameter {
  readonly kind: 'list';
  /** The variable. */
  readonly name: string;
  readonly values: readonly SweepValue[];
}

/** One of several sets of values. */
export interface CasesParameter {
  readonly kind: 'cases';
  readonly name: string;
  /** Values of variables, by the name of the case. */
  readonly cases: ReadonlyMap<string, ReadonlyMap<string, SweepValue>>;
}

/** What changes from trial to trial. */
export type Parameter = RangeParameter | ListParameter | CasesParameter;

/** The metric that names the best trial. */
export interface Objective {
  readonly pipeline: string;
  readonly step: string;
  readonly metric: string;
}

/** A sweep as the file declares it, checked but for its trials. */
export interface SweepEntry {
  readonly name: string;
  readonly path: Path;
  readonly description?: string;
  /** Names of the pipelines that each trial runs. */
  readonly pipelines: readonly string[];
  /** Of their list. */
  readonly pipelinesPlace: DocumentPlace;
  /** In the order of the file: the first changes slowest. */
  readonly parameters: readonly Parameter[];
  /** Undefined for the grid of all values. */
  readonly sample?: { readonly trials: number; readonly seed: number };
  readonly objective?: Objective;
  readonly minimize: boolean;
  /** Values of variables, or names of cases, by their key. */
  readonly baseline?: ReadonlyMap<string, SweepValue>;
  readonly abandon?: { readonly startup: number; readonly after: number; readonly quantile: number };
}
