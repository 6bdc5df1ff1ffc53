import type { RecordBatch, Schema } from 'apache-arrow';
import type { z } from 'zod';
import { PipelineError } from '../errors.js';
import { type Pullable, unread } from '../readOnce.js';
import { parseOptions } from '../config/parseOptions.js';
import type { Sink, SinkDefinition, SinkReport, Source, SourceDefinition } from './definition.js';
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
 * @param schema of every batch; by default that of the first, and then an empty stream is an error
 * @throws PipelineError `badOption`, also for a generator that has been begun with; `badSchema`, `badData`; and whatever the stream
 *   throws
 */
export async function writeBatches<Options extends z.ZodObject>(
  definition: SinkDefinition<Options>,
  options: z.input<Options>,
  batches: Pullable<RecordBatch>,
  { schema }: { schema?: Schema } = {},
): Promise<SinkReport> {
  const parsed = parseOptions(definition.name, definition.options, options);
  const open = (of: Schema): Promise<Sink> => definition.open(parsed, ioContext('.'), of);
  let sink = schema && (await open(schema));
  try {
    for await (const batch of unread(batches)) {
      sink ??= await open(batch.schema);
      await sink.write(batch);
    }
    if (!sink)
      throw new PipelineError(
        'badData',
        `${definition.name}: expected at least one batch, or a schema for an empty stream`,
      );
    return await sink.close();
  } catch (error) {
    await sink?.abort();
    throw error;
  }
}
