import { join } from 'node:path';
import { RecordBatch, type Schema } from 'apache-arrow';
import { z } from 'zod';
import { adoptBatch } from '../arrow/adoptBatch.js';
import { adoptSchema } from '../arrow/adoptSchema.js';
import { encodeBatches, encodeSchema } from '../arrow/ipc.js';
import { SpareBuffers } from '../arrow/recycling.js';
import { expectEqualSchema } from '../arrow/schemaDifference.js';
import { PipelineError } from '../errors.js';
import { atomicDirectory, atomicFile, type AtomicOutput } from './atomic.js';
import type { Sink, SinkDefinition, SinkReport, WrittenPart } from './definition.js';
import { expectWritable, type ParquetEncoding, parquetEncoding } from './parquetEncoding.js';
import { readdir, rm } from './disk.js';
import { type CompiledModule, parquetModule } from './parquetModule.js';
import type { ParquetWriteCalls } from './parquetWriteWorker.js';
import { type Chunk, RowChunks, rowRange } from './rowChunks.js';
import { Thread } from '../threads/thread.js';
import { workerUrl } from '../threads/workerUrl.js';

/** Of a file in a directory. */
const ROWS_PER_FILE = 1_000_000;

const parquetOptions = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe('File to write, if it ends in .parquet; else the directory of part-00000.parquet and so on.'),
    compression: z
      .enum(['zstd', 'uncompressed'])
      .default('zstd')
      .describe('Of the columns. Descriptors: zstd takes about 5/6 of the space and twice the time.'),
    rowGroupRows: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(65_536)
      .describe('Rows of a row group, at most; one also ends after 24 MiB.'),
    rowsPerFile: z
      .int()
      .min(1)
      .optional()
      .describe(
        `Rows of a file in a directory; ${ROWS_PER_FILE} by default. A run that was interrupted goes on behind the last whole file.`,
      ),
  })
  .refine(({ path, rowsPerFile }) => rowsPerFile === undefined || !isSingleFile(path), {
    path: ['rowsPerFile'],
    error: 'expected a path that does not end in .parquet: several files need a directory',
  });

export const parquetSink: SinkDefinition<typeof parquetOptions> = {
  name: 'parquet',
  summary: 'Writes a Parquet file, or a directory of them, with the types and metadata of Arrow.',
  description: `The bytes depend on the rows, never on how they are batched: tiny batches are joined, huge ones split. A worker thread encodes and
writes; at most two chunks of 4 MiB wait for it. Output appears under its name when it is complete; until then an earlier one stays. A
directory that holds anything but part files is never replaced.`,
  example: `sinks:
  - parquet: { path: descriptors/, rowsPerFile: 1000000 }`,
  options: parquetOptions,
  writes: ({ path }, context) => context.resolvePath(path),
  accepts: expectWritable,
  fileNames: ({ path }) => (isSingleFile(path) ? undefined : partName),
  async open(options, context, given, from) {
    const schema = adoptSchema(given);
    expectWritable(schema);
    const encoding = parquetEncoding(schema, options.compression, options.rowGroupRows);
    const compiled = await parquetModule();
    const path = context.resolvePath(options.path);
    if (isSingleFile(path)) {
      return new ParquetSink({ output: await atomicFile(path), schema, encoding, compiled, rowsPerFile: Infinity });
    }
    if (from) await removeFilesAfter(from);
    const output = await atomicDirectory(path, isPart, from?.partial);
    const { rowsPerFile = ROWS_PER_FILE } = options;
    return new ParquetSink({ output, schema, encoding, compiled, rowsPerFile, ...(from && { from }) });
  },
};

/** What a chunk for the encoder holds at most. */
const CHUNK_LIMITS = { rows: 8192, bytes: 4 * 2 ** 20 };
/** Chunks that may wait for the encoder, beside the one that it works on. */
const WAITING_CHUNKS = 2;

function isSingleFile(path: string): boolean {
  return path.endsWith('.parquet');
}

/** What is not of whole files. */
async function removeFilesAfter({ partial, files }: WrittenPart): Promise<void> {
  const whole = new Set(Array.from({ length: files }, (_, index) => partName(index)));
  for (const entry of await readdir(partial)) if (!whole.has(entry)) await rm(join(partial, entry));
}

function partName(index: number): string {
  return `part-${String(index).padStart(5, '0')}.parquet`;
}

function isPart(entry: string): boolean {
  return /^part-\d{5,}\.parquet$/.test(entry);
}

class ParquetSink implements Sink {
  readonly #output: AtomicOutput;
  readonly #schema: Schema;
  readonly #encoding: ParquetEncoding;
  readonly #rowsPerFile: number;
  readonly #worker: Thread<ParquetWriteCalls>;
  /** Of chunks that the encoder has taken. */
  readonly #spares = new SpareBuffers();
  readonly #chunks = new RowChunks(CHUNK_LIMITS, this.#spares);
  /** Chunks that the encoder has not begun with, oldest first. */
  readonly #waiting: Promise<void>[] = [];
  #parts: number;
  /** Rows of the part that is open. */
  #partRows: number | undefined;
  #rows: number;
  /** Of whole parts. */
  #bytes: number;
  #written: WrittenPart | undefined;
  /** Of the part that is open, on disk. */
  #partBytes = 0;

  constructor(set: {
    output: AtomicOutput;
    schema: Schema;
    encoding: ParquetEncoding;
    rowsPerFile: number;
    compiled: CompiledModule;
    from?: WrittenPart;
  }) {
    this.#written = set.from;
    this.#parts = set.from?.files ?? 0;
    this.#rows = set.from?.rows ?? 0;
    this.#bytes = set.from?.bytes ?? 0;
    this.#output = set.output;
    this.#schema = set.schema;
    this.#encoding = set.encoding;
    this.#rowsPerFile = set.rowsPerFile;
    this.#worker = new Thread(workerUrl('parquetWriteWorker'), { workerData: set.compiled });
  }

  get bytes(): number {
    return this.#bytes + this.#partBytes;
  }

  get written(): WrittenPart | undefined {
    return this.#written;
  }

  keep(): void {
    this.#output.keep();
  }

  async write(given: RecordBatch, release?: () => void): Promise<void> {
    const batch = adoptBatch(given);
    expectEqualSchema(this.#output.path, this.#schema, batch.schema);
    const rowsPerFile = this.#rowsPerFile;
    let from = 0;
    while (from < batch.numRows) {
      this.#partRows ??= await this.#startPart();
      const to = Math.min(batch.numRows, from + rowsPerFile - this.#partRows);
      // Rows before these have left with the part that they ended.
      const released = to === batch.numRows ? release : undefined;
      for (const chunk of this.#chunks.add(rowRange(batch, from, to), released)) await this.#send(chunk);
      this.#partRows += to - from;
      from = to;
      if (this.#partRows === rowsPerFile) await this.#finishPart(rowsPerFile);
    }
  }

  async close(): Promise<SinkReport> {
    if (this.#parts === 0) this.#partRows = await this.#startPart();
    if (this.#partRows !== undefined) await this.#finishPart(this.#partRows);
    await this.#worker.terminate();
    await this.#output.commit();
    return { path: this.#output.path, rows: this.#rows, bytes: this.#bytes };
  }

  async abort(): Promise<void> {
    await this.#worker.terminate();
    await this.#output.abort();
  }

  /** @returns the rows of the new part, none */
  async #startPart(): Promise<number> {
    const { path, partial } = this.#output;
    const file = isSingleFile(path) ? partial : join(partial, partName(this.#parts));
    this.#parts++;
    const schema = encodeSchema(this.#schema);
    await this.#asked(this.#worker.call('start', { path: file, schema, encoding: this.#encoding }));
    return 0;
  }

  async #finishPart(rows: number): Promise<void> {
    for (const rest of this.#chunks.flush()) await this.#send(rest);
    await Promise.all(this.#waiting.splice(0));
    this.#bytes += await this.#asked(this.#worker.call('finish', rows));
    this.#rows += rows;
    this.#partRows = undefined;
    this.#partBytes = 0;
    if (isSingleFile(this.#output.path)) return;
    this.#written = { partial: this.#output.partial, rows: this.#rows, bytes: this.#bytes, files: this.#parts };
  }

  async #send({ batch, memory }: Chunk): Promise<void> {
    const bytes = encodeBatches([new RecordBatch(this.#schema, batch.data)], this.#spares, memory);
    if (memory && bytes.buffer !== memory) this.#spares.give(memory);
    const taken = this.#asked(this.#worker.call('write', bytes, { transfer: [bytes.buffer] })).then((answer) => {
      this.#spares.give(answer.memory);
      this.#partBytes = answer.bytes;
    });
    // Its failure is met when its turn to be awaited comes, at the latest at the end of the part.
    taken.catch(() => undefined);
    this.#waiting.push(taken);
    while (this.#waiting.length > WAITING_CHUNKS) await this.#waiting.shift();
  }

  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      throw new PipelineError(error.code, `${this.#output.path}: ${error.message}`, { cause: error });
    }
  }
}
