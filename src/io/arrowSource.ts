import type { RecordBatch } from 'apache-arrow';
import { z } from 'zod';
import { readArrowFile, scanArrowFile } from './arrowFile.js';
import { BatchDecoder } from '../arrow/ipcFormat/batchDecoder.js';
import { decodeMessage, nextMessage, readBody, readSchema } from './arrowMessages.js';
import { StreamByteReader } from './byteReaders.js';
import type { Source, SourceDefinition } from './definition.js';
import { STANDARD_STREAM } from './paths.js';

const arrowOptions = z.strictObject({
  path: z.string().min(1).describe('Arrow IPC file or stream; `-` is standard input.'),
});

export const arrowSource: SourceDefinition<typeof arrowOptions> = {
  name: 'arrow',
  summary: 'Reads an Arrow IPC file or stream, also from standard input.',
  description: `The first bytes tell files from streams. Batches come as they were written, one at a time in memory. A stream without its end
marker is an error, since whatever wrote it was stopped before it had finished. Compressed batches (lz4, zstd) need a
codec in Arrow's \`compressionRegistry\`.`,
  example: `source:
  arrow: { path: descriptors.arrow }`,
  options: arrowOptions,
  reads: ({ path }, context) => (path === STANDARD_STREAM ? [] : [context.resolvePath(path)]),
  async open({ path }, context) {
    if (path === STANDARD_STREAM) return standardInput();
    const file = await scanArrowFile(context.resolvePath(path));
    return { schema: file.schema, total: file.rows, batches: (signal) => readArrowFile(file, signal) };
  },
};

async function standardInput(): Promise<Source> {
  const place = 'standard input';
  const reader = new StreamByteReader(process.stdin);
  const schema = await readSchema(reader, place);
  return {
    schema: schema.schema,
    async *batches(signal): AsyncGenerator<RecordBatch, void, undefined> {
      // A pipe may stay silent for ever: closing it ends the read that waits for it.
      signal.addEventListener('abort', closeStandardInput);
      try {
        const decoder = new BatchDecoder(schema, place);
        while (!signal.aborted) {
          const message = await nextMessage(reader, place);
          if (!message) return;
          const batch = decodeMessage(message, await readBody(message, reader, place), decoder, place);
          if (batch) yield batch;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', closeStandardInput);
        await reader.close();
      }
    },
  };
}

function closeStandardInput(): void {
  process.stdin.destroy();
}
