import type { Schema } from 'apache-arrow';
import type { MetricRow } from '../arrow/schemas.js';
import type { Scalar } from '../config/scalar.js';
import type { Setting } from '../config/settings.js';
import type { SweepEntry } from '../config/sweepEntry.js';
import type { RowList, TestEntry } from '../config/readTests.js';
import type { SinkDefinition, SourceDefinition } from '../io/definition.js';
import type { FittedDefinition, StreamDefinition } from '../operators/frame/definition.js';

/** A pipeline file that has been checked: names resolved, options parsed, schemas propagated, order known. */
export interface Plan {
  readonly file: string;
  /** The folder of the file, where relative paths start. */
  readonly baseDirectory: string;
  readonly pipelines: ReadonlyMap<string, PipelinePlan>;
  /** All pipelines, each after those that it reads from. */
  readonly order: readonly string[];
  readonly sweeps: ReadonlyMap<string, SweepPlan>;
  readonly tests: ReadonlyMap<string, TestPlan>;
  /** Pipelines and sweeps that run when none is named. */
  readonly defaultPipelines: readonly string[];
  /** Where the run writes what is its own: `${out}`. */
  readonly outDirectory: string;
  /** The trial's own folder, `${trialOut}`; outside a sweep `outDirectory`. */
  readonly trialDirectory: string;
  /** Where artifacts are kept that are fitted. */
  readonly artifactDirectory: string;
  /** The configuration's own name: the same file and settings, the same name. */
  readonly fingerprint: string;
  /** What the variables of the file stand for. */
  readonly variables: Readonly<Record<string, Scalar>>;
  readonly origin: PlanOrigin;
}

/** What a plan was made of, so that the same file can be planned with other values, on another thread too. */
export interface PlanOrigin {
  readonly text: string;
  /** The path of the file. */
  readonly path: string;
  readonly outDirectory: string;
  readonly settings: readonly string[];
  readonly profile?: string;
  /** Rows that are read of each source, at most. */
  readonly limit?: number;
  /** How long an operator of one's own may take for a batch (s). */
  readonly batchTimeout?: number;
  /** What all threads of a run may take (bytes). */
  readonly memory?: number;
  /** See `LoadOptions`. */
  readonly operators?: readonly string[];
  readonly writable?: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A trial of a sweep, as far as planning goes. */
export interface TrialScope {
  /** Values of variables. */
  readonly values: readonly Setting[];
  /** The trial's own folder. */
  readonly directory: string;
  /** The pipelines that the trial runs. */
  readonly runs: readonly string[];
  /** Those that they read from. */
  readonly reads: readonly string[];
}

export interface SweepPlan extends SweepEntry {
  /** The entry of the file with its variables replaced; paths in the output folder begin with `${out}`. */
  readonly definition: unknown;
  /** Pipelines that the swept ones read from, directly or through others, and that are not swept. */
  readonly dependsOn: readonly string[];
}

/** Rows of a test, or the small file that they are in. */
export type TestRows = RowList | SourcePlan;

export interface TestPlan extends Omit<TestEntry, 'input' | 'fit'> {
  readonly input: TestRows;
  /** By the pipeline that is fitted on them first. */
  readonly fit: ReadonlyMap<string, TestRows>;
}

export interface PipelinePlan {
  readonly name: string;
  readonly description?: string;
  readonly source: SourcePlan;
  readonly steps: readonly StepPlan[];
  readonly sinks: readonly SinkPlan[];
  readonly metrics?: SinkPlan;
  readonly deadLetters?: DeadLettersPlan;
  /** Pipelines of the file whose outputs or artifacts this one reads. */
  readonly dependsOn: readonly string[];
  /** The entry of the file with its variables replaced; paths in the output folder begin with `${out}`. */
  readonly definition: unknown;
}

/** Everything that a pipeline writes. */
export function writtenBy({ sinks, metrics, deadLetters }: PipelinePlan): SinkPlan[] {
  return [...sinks, ...(metrics ? [metrics] : []), ...(deadLetters ? [deadLetters.sink] : [])];
}

/** Where rows go that fail. */
export interface DeadLettersPlan {
  readonly sink: SinkPlan;
  /** Up to so many may fail: a whole number of all, or a share < 1 of the rows of each step. */
  readonly maxErrors?: number;
  /** Whether those that the source cannot read are among them. */
  readonly ofSource: boolean;
}

export interface SourcePlan {
  readonly definition: SourceDefinition;
  readonly options: Record<string, unknown>;
  /** The files that it reads. */
  readonly reads: readonly string[];
  /** Undefined where only the data can tell. */
  readonly output?: Schema;
}

export interface SinkPlan {
  readonly definition: SinkDefinition;
  readonly options: Record<string, unknown>;
  /** The path that it writes. */
  readonly writes: string;
}

interface StepBase {
  /** Unique within the pipeline. */
  readonly id: string;
  /** What another thread loads: the operator's name, or the absolute path of its module. */
  readonly operator: string;
  readonly options: Record<string, unknown>;
  /** What becomes of rows that fail; without it the first ends the run. */
  readonly onError?: 'deadLetter';
  /** How long it may take for a batch (s); then it runs on a worker thread. */
  readonly timeoutSeconds?: number;
  /** Undefined where only the data can tell. */
  readonly output?: Schema;
}

/** Batches stream through. */
export interface StreamStep extends StepBase {
  readonly kind: 'stream';
  readonly definition: StreamDefinition;
}

/** The whole stream is read, the model is kept as an artifact, and then applied to the same rows. */
export interface FitStep extends StepBase {
  readonly kind: 'fit';
  readonly definition: FittedDefinition;
  readonly artifact: string;
}

/** An apply before it is known who makes the artifact. */
export interface UnplacedApply extends StepBase {
  readonly kind: 'apply';
  readonly definition: FittedDefinition;
  readonly artifact: string;
}

/** An artifact is applied to rows that stream through. */
export interface ApplyStep extends UnplacedApply {
  /** The artifact's folder. */
  readonly directory: string;
  /** Of one that stands for a fit which would leave the artifact that is there: what that was measured by. */
  readonly earlierMetrics?: readonly MetricRow[];
}

export type StepPlan = StreamStep | FitStep | ApplyStep;
export type UnplacedStep = StreamStep | FitStep | UnplacedApply;
