import type { RecordBatch, Schema } from 'apache-arrow';
import { z } from 'zod';
import { fixedSizeListColumn, numberColumn, recordBatch } from '../arrow/columns.js';
import { exactly } from '../arrow/expectations.js';
import { bytesSchema, imageField, imagesSchema, labelField } from '../arrow/schemas.js';
import { changeFields } from '../arrow/fields.js';
import { PipelineError } from '../errors.js';
import { IdxParser } from '../idx/idxParser.js';
import { Inflater } from '../idx/inflater.js';
import { batchOperator, type BatchTransform } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';
import { parseOptions } from '../config/parseOptions.js';
import { batchRowsOption, sideOption } from './options.js';

const decodeMnistOptions = z.strictObject({
  height: sideOption.describe('Rows of an image, checked against the file.'),
  width: sideOption.describe('Columns of an image, checked against the file.'),
  labels: z
    .boolean()
    .default(true)
    .describe('Whether a labels file comes along; without one there is no column `label`.'),
  batchRows: batchRowsOption.describe('Images in a batch that leaves.'),
});
type Options = z.output<typeof decodeMnistOptions>;

/** Images may run ahead of their labels by this much before it is an error: 64 MiB. */
const HELD_BYTES = 64 * 2 ** 20;

/** The options of `decodeMnist`, as docs/operators.md explains them. */
export type DecodeMnistOptions = z.input<typeof decodeMnistOptions>;

export const decodeMnistStep: StreamDefinition<typeof decodeMnistOptions> = {
  name: 'decodeMnist',
  summary: 'Decodes the bytes of MNIST-style IDX files, plain or gzipped, into images with their labels.',
  description: `Reads \`role\` (\`images\`, \`labels\`) and \`data\`: chunks of any size, as the source \`idx\` gives them. Gives \`image\`,
\`label\` and \`pixels\`. Chunks of both files may interleave; labels first costs no memory. Fashion-MNIST and EMNIST have the same format.

Memory: one batch, and the labels that wait for their images.`,
  example: '- decodeMnist',
  options: decodeMnistOptions,
  splitRows: ({ batchRows }) => batchRows,
  reads: () => bytesSchema.fields.map(exactly),
  outputSchema(input, { height, width, labels }) {
    if (labels && input.metadata.has('images') && !input.metadata.has('labels')) {
      throw new PipelineError('badOption', 'the source reads no labels file: give it one, or set labels: false', {
        place: { option: 'labels' },
      });
    }
    const schema = imagesSchema(height, width);
    return labels ? schema : changeFields(schema, { drop: [labelField.name] });
  },
  create: (parsed) =>
    batchOperator('decodeMnist', decodeMnistStep.reads(parsed), (input) =>
      mnistDecoder(parsed, decodeMnistStep.outputSchema(input, parsed), input.metadata),
    ),
};

/**
 * Decodes the bytes of MNIST-style IDX files, plain or gzipped, into images with their labels.
 *
 * Reads:  role utf8, data binary — chunks of any size
 * Gives:  image uint32, label uint8, pixels fixed_size_list<fixed_size_list<uint8, width>, height>
 * Memory: one batch, and labels that wait for their images.
 * @throws PipelineError `badOption` when called; `badData` where the files are damaged, cut off, of another shape, or of
 *   different lengths
 */
export function decodeMnist(options: DecodeMnistOptions = {}): BatchOperator {
  return decodeMnistStep.create(parseOptions('decodeMnist', decodeMnistOptions, options), detachedContext());
}

/** @param metadata paths of the files by role, as far as the source tells them, and of a split the number of its first image */
function mnistDecoder(
  { height, width, labels: hasLabels, batchRows }: Options,
  schema: Schema,
  metadata: ReadonlyMap<string, string>,
): BatchTransform {
  const imageSize = height * width;
  const files = { images: idxFile('images', metadata, 3), labels: idxFile('labels', metadata, 1) };
  // Elements that have arrived and not left yet:
  const pixels = new ByteQueue();
  const labels = new ByteQueue();
  let nextImage = Number(metadata.get('firstImage') ?? 0);
  let isEmpty = true;

  function push(role: 'images' | 'labels', chunks: readonly Uint8Array[]): void {
    const queue = role === 'images' ? pixels : labels;
    for (const chunk of chunks) queue.push(files[role].parser.push(chunk));
    expectShapes();
  }

  function expectShapes(): void {
    const [imageCount, rows, columns] = files.images.parser.header?.shape ?? [];
    if (imageCount === undefined) return;
    if (rows !== height || columns !== width) {
      throw new PipelineError(
        'badData',
        `images: expected ${height} × ${width} pixels (options height, width), the file has ${rows} × ${columns}`,
      );
    }
    const [count] = files.labels.parser.header?.shape ?? [];
    if (count !== undefined && count !== imageCount) {
      throw new PipelineError('badData', `labels: expected one for each of the ${imageCount} images, got ${count}`);
    }
  }

  /** Batches of `batchRows` images as long as there are that many; with 1, all that is left. */
  function* images(atLeast: number): Generator<RecordBatch> {
    for (;;) {
      const whole = Math.floor(pixels.length / imageSize);
      const available = Math.min(whole, hasLabels ? labels.length : whole);
      if (available < atLeast) return;
      const count = Math.min(available, batchRows);
      const columns = {
        image: numberColumn(
          imageField.type,
          Uint32Array.from({ length: count }, (_, i) => nextImage + i),
        ),
        label: numberColumn(labelField.type, hasLabels ? labels.take(count) : new Uint8Array(0)),
        pixels: fixedSizeListColumn(imagesSchema(height, width).fields[2]!.type, pixels.take(count * imageSize)),
      };
      nextImage += count;
      yield recordBatch(
        schema,
        count,
        schema.fields.map((field) => columns[field.name as keyof typeof columns]),
      );
    }
  }

  return {
    *next(batch) {
      const roles = batch.getChild('role')!;
      const data = batch.getChild('data')!;
      for (let row = 0; row < batch.numRows; row++) {
        isEmpty = false;
        const role: unknown = roles.get(row);
        if (role !== 'images' && !(role === 'labels' && hasLabels)) {
          const expected = `images${hasLabels ? ' or labels' : ''}`;
          throw new PipelineError('badData', `role: expected ${expected}, got ${String(role)}`);
        }
        push(role, files[role].inflater.push(data.get(row) as Uint8Array));
        yield* images(batchRows);
        // All batches have gone that can go.
        if (pixels.length <= HELD_BYTES + batchRows * imageSize) continue;
        const detail = `images: ${pixels.length} bytes wait for their labels: send the labels first`;
        throw new PipelineError('badData', detail);
      }
    },
    *complete() {
      if (isEmpty) return; // batches without rows are as good as none
      for (const role of hasLabels ? (['labels', 'images'] as const) : (['images'] as const)) {
        push(role, files[role].inflater.end());
        files[role].parser.end();
      }
      yield* images(batchRows);
      yield* images(1);
    },
  };
}

function idxFile(role: string, paths: ReadonlyMap<string, string>, dimensions: number) {
  const path = paths.get(role);
  const name = path === undefined ? role : `${role} (${path})`;
  return { inflater: new Inflater(name), parser: new IdxParser(name, dimensions) };
}

/** Bytes in order of arrival; what is taken is a copy. */
class ByteQueue {
  readonly #chunks: Uint8Array[] = [];
  length = 0;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  take(length: number): Uint8Array {
    const out = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.#chunks[0]!;
      const part = chunk.subarray(0, length - filled);
      out.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.length -= length;
    return out;
  }
}
