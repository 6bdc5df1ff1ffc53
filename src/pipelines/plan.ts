import type { Schema } from 'apache-arrow';
import type { SinkDefinition, SourceDefinition } from '../io/definition.js';
import type { FittedDefinition, StreamDefinition } from '../operators/definition.js';

/** A pipeline file that has been checked: names resolved, options parsed, schemas propagated, order known. */
export interface Plan {
  readonly file: string;
  /** The folder of the file, where relative paths start. */
  readonly baseDirectory: string;
  readonly pipelines: ReadonlyMap<string, PipelinePlan>;
  /** All pipelines, each after those that it reads from. */
  readonly order: readonly string[];
  /** What runs when no pipeline is named. */
  readonly defaultPipelines: readonly string[];
  /** Where the run writes what is its own. */
  readonly outDirectory: string;
  /** Where artifacts are kept. */
  readonly artifactDirectory: string;
  /** The configuration's own name: the same file and settings, the same name. */
  readonly fingerprint: string;
}

export interface PipelinePlan {
  readonly name: string;
  readonly description?: string;
  readonly source: SourcePlan;
  readonly steps: readonly StepPlan[];
  readonly sinks: readonly SinkPlan[];
  readonly metrics?: SinkPlan;
  /** Pipelines of the file whose outputs or artifacts this one reads. */
  readonly dependsOn: readonly string[];
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
  readonly options: Record<string, unknown>;
  /** Undefined where only the data can tell. */
  readonly output?: Schema;
}

/** Batches stream through. */
export interface StreamStep extends StepBase {
  readonly kind: 'stream';
  readonly definition: StreamDefinition;
  /** What a worker thread loads: the operator's name, or the absolute path of its module. */
  readonly operator: string;
}

/** The whole stream is read, the model is kept as an artifact, and then applied to the same rows. */
export interface FitStep extends StepBase {
  readonly kind: 'fit';
  readonly definition: FittedDefinition;
  readonly artifact: string;
}

/** An artifact is applied to rows that stream through. */
export interface ApplyStep extends StepBase {
  readonly kind: 'apply';
  readonly definition: FittedDefinition;
  readonly artifact: string;
}

export type StepPlan = StreamStep | FitStep | ApplyStep;
