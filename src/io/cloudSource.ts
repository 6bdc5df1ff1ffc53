import { basename } from 'node:path';
import type { RecordBatch, Schema } from 'apache-arrow';
import { z } from 'zod';
import type { CloudValues } from '../clouds/cloud.js';
import type { CloudBuilder } from '../clouds/cloudBuilder.js';
import { type LabelOptions, type LabelType, labelTypeOf } from '../clouds/label.js';
import { type LeaveOutOptions, LeftOut } from '../clouds/leftOut.js';
import { PipelineError } from '../errors.js';
import { cloudBatches, cloudsSchema } from './cloudBatches.js';
import type { CloudContent } from './cloudColumns.js';
import { cloudRange, expectClouds, type Piece, piecesOf } from './cloudRange.js';
import type { Source } from './definition.js';
import { chunkBytesOption, fileContent } from './fileChunks.js';
import { inputBytes, inputFiles } from './paths.js';

/** Reads the clouds of one file that arrives in chunks of any size. */
export interface CloudParser {
  /** Gets the clouds. */
  readonly clouds: CloudBuilder;
  /** Tells each cloud that is complete with this chunk. All are asked for before the next one. */
  push(chunk: Uint8Array): Iterable<void>;
  /** Those that are complete since nothing follows. */
  end(): Iterable<void>;
  /** The first label that has been read, even of a cloud that is not complete. */
  readonly firstLabel: CloudValues['label'];
  /** Index of the cloud under way. */
  readonly frame: number;
}

/** A format of point clouds. */
export interface CloudFormat {
  /** What a file of it is, for messages: `an XYZ file`. */
  readonly kind: string;
  /** What messages call a cloud that is left out. */
  readonly cloud: 'frame' | 'file';
  /** What the names of its files end in. */
  readonly endings: readonly string[];
  /**
   * @param path for messages
   * @param leftOut counts what the options leave out
   * @param clouds gets the clouds; by default those of the parser
   */
  readonly startParser: (
    path: string,
    labelType: LabelType,
    leftOut: LeftOut,
    clouds?: CloudBuilder,
    start?: CloudStart,
  ) => CloudParser;
  /** Where the clouds of a file begin, given its content, without reading them; nothing more where that cannot be told. Absent where a file has one. */
  readonly starts?: (path: string, content: AsyncIterable<Uint8Array>) => AsyncIterable<CloudStart | undefined>;
}

/** Where a cloud begins in its file. */
export interface CloudStart {
  readonly frame: number;
  /** From 1; 1 where there are no lines. */
  readonly line: number;
  readonly position: number;
}

/** A name within a file, of something that need not be there. */
export const nameOption = z.string().min(1).optional();

/** Options that all formats of point clouds have. @param cloud what a file consists of */
export const cloudOptions = (cloud: 'frame' | 'file') => ({
  classes: z
    .array(z.string())
    .min(1)
    .max(256)
    .optional()
    .describe('Words in the order of the classes 0, 1, … that they become as `label`.'),
  notFinite: leaveOutOption('Whether a point with a coordinate that is not finite is an error or left out.'),
  damaged: leaveOutOption(
    `Whether a ${cloud} that cannot be read is an error or left out. What is left out is counted and told in the end.`,
  ),
  chunkBytes: chunkBytesOption.describe('Bytes of a file that are read at once.'),
});

const leaveOutOption = (description: string) => z.enum(['fail', 'leaveOut']).default('fail').describe(description);

export interface OpenOptions extends LabelOptions, LeaveOutOptions {
  readonly batchRows: number;
  readonly chunkBytes: number;
}

/** What clouds have, but for the type of their labels. */
export type UnlabelledContent = Omit<CloudContent, 'label'>;

/** The schema as far as the options tell it: without `classes` the first cloud has to tell the type of labels. */
export function knownCloudsSchema(content: UnlabelledContent, { label, classes }: LabelOptions): Schema | undefined {
  if (label === undefined) return cloudsSchema(content);
  return classes && cloudsSchema({ ...content, label: 'uint8' });
}

/**
 * A source of the point clouds in a file, plain or gzipped, or in the files of a directory. The first cloud tells the type of the labels unless
 * the options do. Memory: a chunk, a batch, and what the parser holds.
 * @param split of `splitClouds`
 * @throws PipelineError `missingInput`; `badData` if a file is empty, or its first label cannot be read
 */
export async function openClouds(
  path: string,
  format: CloudFormat,
  content: UnlabelledContent,
  options: OpenOptions,
  split?: unknown,
): Promise<Source> {
  const files = await inputFiles(path, format.endings);
  const clouds = split === undefined ? undefined : cloudRange.parse(split);
  const pieces = clouds ? piecesOf(clouds) : files.map((_, file): Piece => ({ file }));
  const sizes = await Promise.all(files.map((file) => bytesOf(file, format, options)));
  const label = await labelTypeOfFiles(files, format, options);
  const whole: CloudContent = { ...content, label };
  const bytesFor = new WeakMap<RecordBatch, number>();
  let leftOut = new LeftOut();
  return {
    schema: cloudsSchema(whole),
    total: pieces.reduce((sum, { file, start, end = sizes[file]! }) => sum + end - (start?.position ?? 0), 0),
    progress: (batch) => bytesFor.get(batch) ?? 0,
    notices: () => leftOut.notices(format.cloud),
    async *batches(signal, damaged) {
      /** Whose clouds are read. */
      let name = '';
      const batches = cloudBatches(whole, options.batchRows, clouds?.from.image);
      leftOut = new LeftOut(damaged && ((cloud) => damaged({ file: name, ...cloud, rowsBefore: batches.count })));
      /** Of the files, since the last batch. */
      let read = 0;
      const counted = function* (full: Iterable<RecordBatch>): Generator<RecordBatch, void, undefined> {
        for (const batch of full) {
          if (signal.aborted) return;
          bytesFor.set(batch, read);
          read = 0;
          yield batch;
        }
      };
      for (const { file: index, start, end } of pieces) {
        const file = files[index]!;
        const parser = format.startParser(file, label ?? 'uint8', leftOut, batches.clouds, start);
        name = basename(file);
        const wish = { range: { from: start?.position ?? 0, to: end }, isPassing: true };
        try {
          for await (const chunk of fileContent(file, options.chunkBytes, signal, (bytes) => (read += bytes), wish)) {
            yield* counted(batches.add(parser.push(chunk), name));
          }
          if (signal.aborted) return;
          yield* counted(batches.add(parser.end(), name));
        } catch (error) {
          if (!isLeftOut(error, options)) throw error;
          batches.clouds.drop();
          leftOut.cloud({ message: error.message, frame: parser.frame });
        }
      }
      yield* counted(batches.rest());
      if (clouds && !signal.aborted) expectClouds(path, clouds, batches.count);
    },
  };
}

/** An empty file is a damaged one. */
async function bytesOf(file: string, { kind }: CloudFormat, options: OpenOptions): Promise<number> {
  try {
    return await inputBytes(file, kind);
  } catch (error) {
    if (isLeftOut(error, options)) return 0;
    throw error;
  }
}

/** The type of the labels, if any are wanted: without `classes` what the first one has. */
async function labelTypeOfFiles(
  files: readonly string[],
  format: CloudFormat,
  options: OpenOptions,
): Promise<LabelType | undefined> {
  if (options.label === undefined) return undefined;
  if (options.classes) return 'uint8';
  const { signal } = new AbortController();
  for (const file of files) {
    const parser = format.startParser(file, 'utf8', new LeftOut());
    try {
      for await (const chunk of fileContent(file, options.chunkBytes, signal, () => {}, { isPassing: true })) {
        readAll(parser.clouds, parser.push(chunk));
        if (parser.firstLabel !== undefined) return labelTypeOf(String(parser.firstLabel));
      }
      readAll(parser.clouds, parser.end());
    } catch (error) {
      // A label that has been read counts whatever follows it: the run will tell.
      if (parser.firstLabel === undefined && !isLeftOut(error, options)) throw error;
    }
    if (parser.firstLabel !== undefined) return labelTypeOf(String(parser.firstLabel));
  }
  return 'uint8';
}

function readAll(clouds: CloudBuilder, complete: Iterable<void>): void {
  for (const _ of complete) clouds.take();
}

function isLeftOut(error: unknown, { damaged }: LeaveOutOptions): error is PipelineError {
  return damaged === 'leaveOut' && error instanceof PipelineError && error.code === 'badData';
}
