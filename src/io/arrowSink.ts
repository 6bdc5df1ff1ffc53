import type { Schema } from 'apache-arrow';
import { z } from 'zod';
import { messageOf, PipelineError } from '../errors.js';
import { atomicFile, writeFailure } from './atomic.js';
import { open } from './disk.js';
import type { Sink, SinkDefinition } from './definition.js';
import { type IpcFormat, IpcEncoder } from '../arrow/ipcEncoder.js';
import { expectUniqueNames } from '../arrow/fields.js';
import { STANDARD_STREAM } from './paths.js';

const arrowOptions = z.strictObject({
  path: z.string().min(1).describe('File to write; `-` is standard output.'),
  format: z
    .enum(['auto', 'file', 'stream'])
    .default('auto')
    .describe('Arrow IPC file (with an index) or stream; `auto`: file for paths in .arrow or .feather, else stream.'),
});

export const arrowSink: SinkDefinition<typeof arrowOptions> = {
  name: 'arrow',
  summary: 'Writes an Arrow IPC file or stream, also to standard output.',
  description: `Batches are written as they come, uncompressed. A file appears under its name when it is complete; until then an earlier one stays.
On standard output nothing but the stream is written.`,
  example: `sinks:
  - arrow: { path: descriptors.arrow }`,
  options: arrowOptions,
  writes: ({ path }, context) => context.resolvePath(path),
  accepts: expectUniqueNames,
  async open({ path, format }, context, schema) {
    expectUniqueNames(schema);
    const resolved = context.resolvePath(path);
    const chosen = format === 'auto' ? formatOf(path) : format;
    return path === STANDARD_STREAM ? standardOutput(schema, chosen) : fileSink(resolved, schema, chosen);
  },
};

function formatOf(path: string): IpcFormat {
  return /\.(arrow|feather)$/.test(path) ? 'file' : 'stream';
}

/** Where encoded bytes go. */
interface ByteSink {
  readonly path: string;
  write(chunks: readonly Uint8Array[]): Promise<void>;
  finish(): Promise<void>;
  abort(): Promise<void>;
}

async function fileSink(path: string, schema: Schema, format: IpcFormat): Promise<Sink> {
  const output = await atomicFile(path);
  const file = await open(output.partial, 'w');
  return encodedSink(schema, format, {
    path,
    async write(chunks) {
      try {
        await file.append(chunks);
      } catch (error) {
        throw writeFailure(path, error);
      }
    },
    async finish() {
      await file.close();
      await output.commit();
    },
    async abort() {
      await file.close();
      await output.abort();
    },
  });
}

function standardOutput(schema: Schema, format: IpcFormat): Sink {
  const { stdout } = process;
  const path = 'standard output';
  stdout.on('error', ignore);
  const release = async (): Promise<void> => void stdout.off('error', ignore);
  const writeChunk = (chunk: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  return encodedSink(schema, format, {
    path,
    async write(chunks) {
      stdout.cork();
      const writes = Promise.all(chunks.map(writeChunk));
      stdout.uncork();
      try {
        await writes;
      } catch (error) {
        const gone = error instanceof Error && 'code' in error && error.code === 'EPIPE';
        if (!gone) throw writeFailure(path, error);
        throw new PipelineError('interrupted', `${path}: its reader has gone: ${messageOf(error)}`, { cause: error });
      }
    },
    finish: release,
    abort: release,
  });
}

/** That the reader has gone is what the callback of a write tells; the event alone would end the process. */
function ignore(): void {}

function encodedSink(schema: Schema, format: IpcFormat, bytesTo: ByteSink): Sink {
  const encoder = new IpcEncoder(bytesTo.path, schema, format);
  const report = { path: bytesTo.path, rows: 0, bytes: 0 };
  const put = async (chunks: readonly Uint8Array[]): Promise<void> => {
    await bytesTo.write(chunks);
    for (const { length } of chunks) report.bytes += length;
  };
  return {
    get bytes() {
      return report.bytes;
    },
    async write(batch, release) {
      await put(encoder.encode(batch));
      report.rows += batch.numRows;
      release?.();
    },
    async close() {
      await put(encoder.finish());
      await bytesTo.finish();
      return report;
    },
    abort: () => bytesTo.abort(),
  };
}
