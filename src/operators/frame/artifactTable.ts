import type { RecordBatch, Schema } from 'apache-arrow';
import { exactly, readingOf } from '../../arrow/expectations.js';
import { decodeBatches } from '../../arrow/ipc.js';
import { messageOf, PipelineError } from '../../errors.js';
import type { ArtifactFiles } from './definition.js';

/**
 * The one batch that a `save` has encoded into a file of its artifact.
 * @throws PipelineError `badData` if the file is missing, damaged or of something else
 */
export function artifactTable(files: ArtifactFiles, name: string, schema: Schema): RecordBatch {
  const [table] = decoding(name, () => decodeBatches(files.get(name) ?? new Uint8Array(0)));
  if (!table) throw new PipelineError('badData', `${name}: expected an Arrow table, found none`);
  return decoding(name, () => readingOf(table.schema, schema.fields.map(exactly)).read(table));
}

/**
 * Reads something out of a file of an artifact.
 * @throws PipelineError `badData` naming the file, whatever the reading throws
 */
export function decoding<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new PipelineError('badData', `${name}: ${messageOf(error)}`, { cause: error });
  }
}
