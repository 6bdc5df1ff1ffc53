import type { RecordBatch, Schema } from 'apache-arrow';
import type { z } from 'zod';
import type { ComponentDoc } from '../config/catalogue.js';

/** A stream of record batches that is pulled: nothing is read before it is asked for. */
export interface Source {
  /** The schema of every batch. */
  readonly schema: Schema;
  /** Rows (or bytes, for byte chunks) that will come, when known before reading: the base of the time left. */
  readonly total?: number;
  /** How much of `total` a batch stands for; by default its row count. */
  progress?(batch: RecordBatch): number;
  /**
   * The batches in order. Ends early, without error, once `signal` is aborted. Releases its files in every case.
   *
   * @param damaged gets what is left out of them, of a source that was opened with `leavingOut`
   */
  batches(signal: AbortSignal, damaged?: TakeDamaged): AsyncGenerator<RecordBatch, void, undefined>;
  /** The same as if it ended after so many rows, where its batches cannot just be cut since their rows are pieces of a file. */
  first?(rows: number): Source;
  /** What the user should know of the batches once they have come: lines such as `left out 3 points …`. */
  notices?(): readonly string[];
}

/** What a source could not read, where a row should be. */
export interface Damaged {
  /** Within the folder that is read. */
  readonly file: string;
  /** Index of the point cloud in the file, from 0. */
  readonly frame: number;
  /** Of the file, from 1, where it has lines. */
  readonly line?: number;
  /** What was expected and what was found, with the place. */
  readonly message: string;
  /** What was found there. */
  readonly text?: string;
  /** Rows of the stream that come before it. */
  readonly rowsBefore: number;
}

export type TakeDamaged = (damaged: Damaged) => void;

/** A place that batches are written to. What it writes is complete or absent, never half there. */
export interface Sink {
  /** Written so far, as far as it is known. */
  readonly bytes?: number;
  /**
   * Resolves when the next batch may be handed over; this is the sink's backpressure.
   *
   * @param release called once the sink needs the batch no more, then or later, unless it fails; until then the batch must stay as it is
   */
  write(batch: RecordBatch, release?: () => void): Promise<void>;
  /** Finishes the output and moves it to its final name. */
  close(): Promise<SinkReport>;
  /** Stops at once and removes what is partial and not to be kept; an earlier complete output stays untouched. */
  abort(): Promise<void>;
  /** What is on disk for good, so that another run can go on behind it; undefined as long as there is nothing. Absent where none can. */
  readonly written?: WrittenPart | undefined;
  /** From now on what is partial outlives this process, until a run has gone on with it. */
  keep?(): void;
}

/** What a sink that was interrupted has written of its output. */
export interface WrittenPart {
  /** The hidden file or folder that it is in. */
  readonly partial: string;
  readonly rows: number;
  readonly bytes: number;
  /** Whole files of a folder. */
  readonly files: number;
}

/** What a sink has written. */
export interface SinkReport {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Where a component's relative paths start. */
export interface IoContext {
  resolvePath(path: string): string;
}

/** A source as a pipeline file names it. */
export interface SourceDefinition<Options extends z.ZodObject = z.ZodObject> extends ComponentDoc {
  readonly options: Options;
  /** The files it reads, so that a run can be ordered and a missing one be named. */
  reads(options: z.infer<Options>, context: IoContext): string[];
  /** The schema if the options alone tell it; undefined where the files have to. */
  staticSchema?(options: z.infer<Options>): Schema | undefined;
  /** The schema of the batches, given that of the files; absent where it is the same. */
  schemaOf?(file: Schema, options: z.infer<Options>): Schema;
  /** The options with which rows that cannot be read are left out and told; absent where the source cannot go on behind them. */
  leavingOut?(options: z.infer<Options>): z.infer<Options>;
  /**
   * Cuts the source into consecutive splits, without reading rows: the rows of all of them, one after the other, are those of the source.
   * Absent where nothing but the whole can be read.
   *
   * @returns plain JSON for `open`, one for each split; none where these files can only be read as a whole
   */
  splits?(options: z.infer<Options>, context: IoContext, wish: SplitWish): Promise<readonly unknown[]>;
  /** @param split one of `splits`: its rows alone are read */
  open(options: z.infer<Options>, context: IoContext, split?: unknown): Promise<Source>;
}

/** How a source is to be cut. */
export interface SplitWish {
  /** Splits that are wanted, at most. */
  readonly most: number;
  /** Where an operator reads pieces of files out of the batches: each split but the last is to become a multiple of so many rows. */
  readonly decodedRows: number | undefined;
}

/** A sink as a pipeline file names it. */
export interface SinkDefinition<Options extends z.ZodObject = z.ZodObject> extends ComponentDoc {
  readonly options: Options;
  /** The path that appears when the sink is closed. */
  writes(options: z.infer<Options>, context: IoContext): string;
  /**
   * Judges a schema before anything runs, and when the sink is opened; absent where batches of every schema can be written.
   * @throws PipelineError `badSchema` naming the column that cannot be written
   */
  accepts?(schema: Schema): void;
  /**
   * Of an output that is a folder of whole files, each with some of the rows: the name of a file by its number. The files of several such
   * outputs, one after the other, are one output, and one that was interrupted is gone on with behind them. Absent, or undefined, for any other.
   */
  fileNames?(options: z.infer<Options>): ((index: number) => string) | undefined;
  /** @param from what an earlier run has written, to go on behind it; of a sink that has told so */
  open(options: z.infer<Options>, context: IoContext, schema: Schema, from?: WrittenPart): Promise<Sink>;
}
