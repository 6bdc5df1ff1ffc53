import type { RecordBatch } from 'apache-arrow';
import type { Cloud } from '../clouds/cloud.js';
import { CloudBatches, type CloudContent, cloudsSchema } from './cloudBatches.js';
import type { Source } from './definition.js';
import { fileContent } from './fileChunks.js';
import { inputBytes, inputFiles } from './paths.js';

/** Reads the clouds of one file that arrives in chunks of any size. */
export interface CloudParser {
  /** The clouds that are complete with this chunk. All are taken before the next one. */
  push(chunk: Uint8Array): Iterable<Cloud>;
  /** Those that are complete since nothing follows. */
  end(): Iterable<Cloud>;
}

/** A format of point clouds. */
export interface CloudFormat {
  /** What a file of it is, for messages: `an XYZ file`. */
  readonly kind: string;
  /** What the names of its files end in. */
  readonly endings: readonly string[];
  /** @param path for messages */
  readonly startParser: (path: string) => CloudParser;
}

/**
 * A source of the point clouds in a file, plain or gzipped, or in the files of a directory. Memory: a chunk, a batch, and what the
 * parser holds.
 * @throws PipelineError `missingInput`; `badData` if a file is empty
 */
export async function openClouds(
  path: string,
  { kind, endings, startParser }: CloudFormat,
  content: CloudContent,
  { batchRows, chunkBytes }: { readonly batchRows: number; readonly chunkBytes: number },
): Promise<Source> {
  const files = await inputFiles(path, endings);
  const sizes = await Promise.all(files.map((file) => inputBytes(file, kind)));
  const schema = cloudsSchema(content);
  const bytesFor = new WeakMap<RecordBatch, number>();
  return {
    schema,
    total: sizes.reduce((sum, bytes) => sum + bytes, 0),
    progress: (batch) => bytesFor.get(batch) ?? 0,
    async *batches(signal) {
      const batches = new CloudBatches(schema, batchRows);
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
      for (const file of files) {
        const parser = startParser(file);
        for await (const chunk of fileContent(file, chunkBytes, signal, (bytes) => (read += bytes))) {
          yield* counted(batches.add(parser.push(chunk)));
        }
        if (signal.aborted) return;
        yield* counted(batches.add(parser.end()));
      }
      yield* counted(batches.rest());
    },
  };
}
