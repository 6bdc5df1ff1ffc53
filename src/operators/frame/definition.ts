import type { RecordBatch, Schema } from 'apache-arrow';
import type { OperatorFunction } from 'rxjs';
import type { z } from 'zod';
import type { ColumnExpectation } from '../../arrow/expectations.js';
import type { SpareBuffers } from '../../arrow/recycling.js';
import type { MetricRow } from '../../arrow/schemas.js';
import type { ComponentDoc } from '../../config/catalogue.js';
import type { CheckpointStore } from '../../io/checkpoints.js';
import type { Tally } from './tally.js';

/** What a step may tell its surroundings while it works. Everything else goes through the stream. */
export interface StepContext {
  /** Aborted when the run stops; long work checks it. */
  readonly signal: AbortSignal;
  /** A measured value beside the stream: accuracy, loss of an epoch. */
  readonly emitMetric: (metric: MetricRow) => void;
  /** Takes what a batch contributes to the figures of the stream, where the operator's `tally` sums them up elsewhere. */
  readonly count?: (part: unknown) => void;
  /** How far work has come whose end the source does not tell, e.g. steps of a training; `done` = `total` ends it. */
  readonly reportProgress: (done: number, total: number, unit: string) => void;
  /** Where a long fit keeps its state, so that one that was interrupted goes on. Whoever keeps the model clears it. */
  readonly checkpoint?: CheckpointStore;
  /**
   * Memory of earlier batches, for those to come. Only the runtime lends it, which knows when nobody holds a batch any more; without it
   * batches are made of new memory.
   */
  readonly spares?: SpareBuffers;
}

export type BatchOperator = OperatorFunction<RecordBatch, RecordBatch>;

/** An operator whose options say everything: batches stream through. */
export interface StreamDefinition<Options extends z.ZodObject = z.ZodObject> extends ComponentDoc {
  readonly options: Options;
  /**
   * Batches are independent: what becomes of one does not depend on the others, nor on their order, and nothing comes at the end. Then
   * they may be worked on anywhere, on several threads at once; there, nobody hears `emitMetric` and `reportProgress`. See `tally`.
   */
  readonly independent?: boolean;
  /** A batch takes so long that it pays to send it to another thread. */
  readonly dear?: boolean;
  /**
   * A promise to the runtime: of a batch that came or left the operator keeps no view, and it emits none twice. What leaves may be a view
   * of what has just come. The runtime overwrites both when nobody behind the operator has them any more. Where the promise is not given,
   * neither is overwritten.
   */
  readonly keepsNothing?: boolean;
  /**
   * Nothing leaves before the stream has ended, and the transform's `carried` gives rows that bring a new one to where it is, such as those
   * that a sample has kept. A run goes on with these when it was interrupted, not with all rows that had come.
   */
  carries?(input: Schema): boolean;
  /**
   * Of an operator that reads pieces of files: a source's splits are files to it, each read by itself. What leaves these streams, one after
   * the other, is what leaves the whole one.
   * @returns rows of a batch that leaves, of which splits have whole numbers: then batches are cut alike
   */
  splitRows?(options: z.output<Options>): number;
  /** The columns that must arrive. They are checked before `outputSchema` is asked, and on every stream. */
  reads(options: z.output<Options>): ColumnExpectation[];
  /** The schema that leaves, given the one that arrives. */
  outputSchema(input: Schema, options: z.output<Options>): Schema;
  /** Bytes that it may hold of the stream at once, beside the batch at hand, where that can be told; nothing where it is little. */
  holds?(input: Schema, options: z.output<Options>): number | undefined;
  create(options: z.output<Options>, context: StepContext): BatchOperator;
  /** Sums up the figures of a stream whose batches are worked on in several places. */
  tally?(options: z.output<Options>): Tally;
}

/** The artifact as files: name → bytes. */
export type ArtifactFiles = ReadonlyMap<string, Uint8Array>;

/** A model together with what is known of the streams it fits. */
export interface Fitted<Artifact, Model> {
  readonly artifact: Artifact;
  readonly model: Model;
}

/** One pass over the data that ends in a model. */
export interface Fit<Model> {
  /** Takes what it needs out of the batch; keeps no reference to it. May work in steps, between which others have their turn. */
  add(batch: RecordBatch): void | Iterable<unknown>;
  finish(): Promise<Model>;
}

/**
 * An operator that is fitted on a whole stream and then applied to streams. In a pipeline file `fit: name` or `apply: name`
 * stands among its options and says which; the name is the artifact's.
 */
export interface FittedDefinition<
  FitOptions extends z.ZodObject = z.ZodObject,
  ApplyOptions extends z.ZodObject = z.ZodObject,
  Artifact extends z.ZodObject = z.ZodObject,
  Model = unknown,
> extends ComponentDoc {
  readonly fitOptions: FitOptions;
  /** Every option has a default: a fit is followed by an apply with none. */
  readonly applyOptions: ApplyOptions;
  /** What is known of the artifact before any data; plain JSON, stored with it. */
  readonly artifact: Artifact;

  fitReads(options: z.output<FitOptions>): ColumnExpectation[];
  describeArtifact(input: Schema, options: z.output<FitOptions>): z.output<Artifact>;
  /** As of a `StreamDefinition`: of the fit. */
  holds?(input: Schema, options: z.output<FitOptions>): number | undefined;
  startFit(input: Schema, options: z.output<FitOptions>, context: StepContext): Fit<Model>;

  save(model: Model): Promise<ArtifactFiles>;
  /** @throws PipelineError `badData` if the files are damaged or of something else */
  load(files: ArtifactFiles, artifact: z.output<Artifact>): Promise<Model>;
  /** Gives back what the model holds outside the heap. */
  dispose?(model: Model): void;

  applyReads(artifact: z.output<Artifact>, options: z.output<ApplyOptions>): ColumnExpectation[];
  /**
   * The schema that leaves the apply.
   * @throws PipelineError `badSchema` if the artifact was fitted on other features than those that arrive
   */
  outputSchema(input: Schema, artifact: z.output<Artifact>, options: z.output<ApplyOptions>): Schema;
  apply(
    fitted: Fitted<z.output<Artifact>, Model>,
    options: z.output<ApplyOptions>,
    context: StepContext,
  ): BatchOperator;
  /** As of a `StreamDefinition`: of the apply. */
  readonly independent?: boolean;
  readonly dear?: boolean;
  readonly keepsNothing?: boolean;
  tally?(artifact: z.output<Artifact>, options: z.output<ApplyOptions>): Tally;
}

export type OperatorDefinition = StreamDefinition | FittedDefinition;

export function isFitted(definition: OperatorDefinition): definition is FittedDefinition {
  return 'startFit' in definition;
}
