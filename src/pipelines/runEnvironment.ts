import type { SchemaSummary } from '../arrow/describeSchema.js';
import type { IoContext, SinkReport } from '../io/definition.js';
import type { Elsewhere } from './elsewhere.js';
import type { MetricRecord } from './metricsBatch.js';
import type { PipelineCheckpoints } from './pipelineCheckpoints.js';

/** What all pipelines of a run share. */
export interface RunEnvironment {
  /** The run's name, as metrics carry it. */
  readonly run: string;
  readonly io: IoContext;
  readonly signal: AbortSignal;
  readonly workers: number;
  /** What all threads may take (bytes). */
  readonly memory?: number;
  readonly artifactDirectory: string;
  readonly spillDirectory: string;
  /** Of this pipeline: what an earlier run has left, and what this one will leave if it is interrupted. */
  readonly checkpoints?: PipelineCheckpoints;
  /** Rows that are read of the source, at most. */
  readonly limit?: number;
  /** Does the first steps of this pipeline in other places. */
  readonly elsewhere?: Elsewhere;
  /** Takes what the batches of a step contribute to its figures, where they are summed up elsewhere. */
  readonly takePart?: (step: string, part: unknown) => void;
  /** Gets each metric as it is measured. */
  readonly onMetric?: (metric: MetricRecord) => void;
}

/** What a sink has written: the rows that left the last step, what was measured, or the rows that failed. */
export interface OutputReport extends SinkReport, SchemaSummary {
  readonly role: 'rows' | 'metrics' | 'deadLetters';
}
