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

const decodeMnistOptions = z.strictObject({
  height: z.int().min(1).max(65_535).default(28).describe('Rows of an image, checked against the file.'),
  width: z.int().min(1).max(65_535).default(28).describe('Columns of an image, checked against the file.'),
  labels: z
    .boolean()
    .default(true)
    .describe('Whether a labels file comes along; without one there is no column `label`.'),
  batchRows: z.int().min(1).max(65_536).default(64).describe('Images in a batch that leaves.'),
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
    batchOperator(
      'decodeMnist',
      decodeMnistStep.reads(parsed),
      (input) => new MnistDecoder(parsed, decodeMnistStep.outputSchema(input, parsed), input.metadata),
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

class MnistDecoder implements BatchTransform {
  readonly #options: Options;
  readonly #schema: Schema;
  readonly #imageSize: number;
  readonly #files: Record<'images' | 'labels', IdxFile>;
  /** Elements that have arrived and not left yet. */
  readonly #pixels = new ByteQueue();
  readonly #labels = new ByteQueue();
  #nextImage = 0;
  #isEmpty = true;

  /** @param paths of the files by role, as far as the source tells them */
  constructor(parsed: Options, schema: Schema, paths: ReadonlyMap<string, string>) {
    this.#options = parsed;
    this.#schema = schema;
    this.#imageSize = parsed.height * parsed.width;
    this.#files = {
      images: idxFile('images', paths, 3),
      labels: idxFile('labels', paths, 1),
    };
  }

  *next(batch: RecordBatch): Generator<RecordBatch> {
    const roles = batch.getChild('role')!;
    const data = batch.getChild('data')!;
    for (let row = 0; row < batch.numRows; row++) {
      this.#isEmpty = false;
      const role: unknown = roles.get(row);
      if (role !== 'images' && !(role === 'labels' && this.#options.labels)) {
        throw new PipelineError(
          'badData',
          `role: expected images${this.#options.labels ? ' or labels' : ''}, got ${String(role)}`,
        );
      }
      this.#push(role, this.#files[role].inflater.push(data.get(row) as Uint8Array));
      yield* this.#images(this.#options.batchRows);
      this.#checkHeld();
    }
  }

  *complete(): Generator<RecordBatch> {
    if (this.#isEmpty) return; // batches without rows are as good as none
    const roles = this.#options.labels ? (['labels', 'images'] as const) : (['images'] as const);
    for (const role of roles) {
      this.#push(role, this.#files[role].inflater.end());
      this.#files[role].parser.end();
    }
    yield* this.#images(this.#options.batchRows);
    yield* this.#images(1);
  }

  #push(role: 'images' | 'labels', chunks: readonly Uint8Array[]): void {
    const { parser } = this.#files[role];
    const queue = role === 'images' ? this.#pixels : this.#labels;
    for (const chunk of chunks) queue.push(parser.push(chunk));
    this.#checkShapes();
  }

  /** Of what is left once all batches have gone that can go. */
  #checkHeld(): void {
    if (this.#pixels.length <= HELD_BYTES + this.#options.batchRows * this.#imageSize) return;
    throw new PipelineError(
      'badData',
      `images: ${this.#pixels.length} bytes wait for their labels: send the labels first`,
    );
  }

  #checkShapes(): void {
    const [images, height, width] = this.#files.images.parser.header?.shape ?? [];
    if (images === undefined) return;
    if (height !== this.#options.height || width !== this.#options.width) {
      throw new PipelineError(
        'badData',
        `images: expected ${this.#options.height} × ${this.#options.width} pixels (options height, width), the file has ${height} × ${width}`,
      );
    }
    const [labels] = this.#files.labels.parser.header?.shape ?? [];
    if (labels !== undefined && labels !== images) {
      throw new PipelineError('badData', `labels: expected one for each of the ${images} images, got ${labels}`);
    }
  }

  /** Batches of `batchRows` images as long as there are that many; with 1, all that is left. */
  *#images(atLeast: number): Generator<RecordBatch> {
    const { height, width, labels, batchRows } = this.#options;
    for (;;) {
      const whole = Math.floor(this.#pixels.length / this.#imageSize);
      const available = Math.min(whole, labels ? this.#labels.length : whole);
      if (available < atLeast) return;
      const count = Math.min(available, batchRows);
      const columns = {
        image: numberColumn(
          imageField.type,
          Uint32Array.from({ length: count }, (_, i) => this.#nextImage + i),
        ),
        label: numberColumn(labelField.type, labels ? this.#labels.take(count) : new Uint8Array(0)),
        pixels: fixedSizeListColumn(
          imagesSchema(height, width).fields[2]!.type,
          this.#pixels.take(count * this.#imageSize),
        ),
      };
      this.#nextImage += count;
      yield recordBatch(
        this.#schema,
        count,
        this.#schema.fields.map((field) => columns[field.name as keyof typeof columns]),
      );
    }
  }
}

function idxFile(role: string, paths: ReadonlyMap<string, string>, dimensions: number): IdxFile {
  const path = paths.get(role);
  const name = path === undefined ? role : `${role} (${path})`;
  return { inflater: new Inflater(name), parser: new IdxParser(name, dimensions) };
}

interface IdxFile {
  readonly inflater: Inflater;
  readonly parser: IdxParser;
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
