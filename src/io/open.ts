import type { RecordBatch, Schema } from 'apache-arrow';
import type { z } from 'zod';
import { parseOptions } from '../parseOptions.js';
import type { SinkDefinition, SinkReport, Source, SourceDefinition } from './definition.js';
import { ioContext } from './paths.js';

/**
 * Opens a source outside a pipeline file. Relative paths start in the working directory.
 *
 * ```ts
 * const images = await openSource(idxSource, { images: 'train-images-idx3-ubyte.gz' });
 * for await (const batch of images.batches(signal)) …
 * ```
 * @throws PipelineError `badOption`; `missingInput`, `badData` as the source finds it
 */
export async function openSource<Options extends z.ZodObject>(
  definition: SourceDefinition<Options>,
  options: z.input<Options>,
): Promise<Source> {
  return definition.open(parseOptions(definition.name, definition.options, options), ioContext('.'));
}

/**
 * Writes a stream of batches to a sink, each awaited; the output appears when all is written, or not at all.
 *
 * @param schema of every batch, so that an empty stream has its columns too
 * @throws PipelineError `badOption`, `badSchema`; and whatever the stream throws
 */
export async function writeBatches<Options extends z.ZodObject>(
  definition: SinkDefinition<Options>,
  options: z.input<Options>,
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
): Promise<SinkReport> {
  const sink = await definition.open(
    parseOptions(definition.name, definition.options, options),
    ioContext('.'),
    schema,
  );
  try {
    for await (const batch of batches) await sink.write(batch);
    return await sink.close();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}
