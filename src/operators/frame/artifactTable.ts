import type { RecordBatch, Schema } from 'apache-arrow';
import { exactly, readingOf } from '../../arrow/expectations.js';
import { openIpcStream } from '../../arrow/ipcStream.js';
import { messageOf, PipelineError } from '../../errors.js';
import type { ArtifactFiles } from './definition.js';

/**
 * The one batch that a `save` has encoded into a file of its artifact.
 * @throws PipelineError `badData` if the file is missing, damaged or of something else
 */
export async function artifactTable(files: ArtifactFiles, name: string, schema: Schema): Promise<RecordBatch> {
  const table = await firstBatch(name, files.get(name) ?? new Uint8Array(0));
  if (!table) throw new PipelineError('badData', `${name}: expected an Arrow table, found none`);
  return decoding(name, () => readingOf(table.schema, schema.fields.map(exactly)).read(table));
}

async function firstBatch(name: string, bytes: Uint8Array): Promise<RecordBatch | undefined> {
  if (bytes.length === 0) return undefined;
  const { batches } = await openIpcStream(once(bytes), name);
  let first: RecordBatch | undefined;
  for await (const batch of batches) first ??= batch; // to its end, which says that it is whole
  return first;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
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
