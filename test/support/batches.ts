import {
  Bool,
  Data,
  type DataType,
  Field,
  Int32,
  List,
  makeBuilder,
  makeData,
  type RecordBatch,
  Schema,
  Uint32,
  Utf8,
  Vector,
} from 'apache-arrow';
import { column, fixedSizeListColumn, listColumn, numberColumn, recordBatch } from '#dist/arrow/columns.js';
import { changeFields, withColumns } from '#dist/arrow/fields.js';
import {
  centerField,
  featureField,
  imageField,
  imagesSchema,
  labelField,
  nCentersField,
  pointCloudsSchema,
  pointsField,
  positionField,
  type Precision,
} from '#dist/arrow/schemas.js';
import { counterRandom } from '#dist/random/counterRandom.js';

/** Uniform numbers in (0, 1), the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  const random = counterRandom(seed, 'noise');
  let drawn = 0;
  return () => random.uniform(drawn++, 0);
}

/** Images numbered from 0 with label = number mod 10; about a third of the pixels is 0. */
export function imageBatch(rows: number, { height = 4, width = 5, seed = 1 } = {}): RecordBatch {
  const random = randomNumbers(seed);
  const pixels = Uint8Array.from({ length: rows * height * width }, () =>
    Math.max(0, Math.floor(384 * random()) - 128),
  );
  const schema = imagesSchema(height, width);
  return recordBatch(schema, rows, [
    numberColumn(imageField.type, numbered(rows)),
    numberColumn(labelField.type, labels(numbered(rows))),
    fixedSizeListColumn(schema.fields[2]!.type, pixels),
  ]);
}

/** Point clouds of these sizes, in a cube of side 8; images numbered from 0 with label = number mod 10. */
export function cloudBatch(sizes: readonly number[], seed = 1): RecordBatch {
  const random = randomNumbers(seed);
  const offsets = new Int32Array(sizes.length + 1);
  for (const [row, size] of sizes.entries()) offsets[row + 1] = offsets[row]! + size;
  const points = Float64Array.from({ length: 3 * offsets.at(-1)! }, () => 8 * random());
  return recordBatch(pointCloudsSchema, sizes.length, [
    numberColumn(imageField.type, numbered(sizes.length)),
    numberColumn(labelField.type, labels(numbered(sizes.length))),
    listColumn(pointsField.type, offsets, fixedSizeListColumn(pointsField.type.valueType, points)),
  ]);
}

/** How the features of `descriptorBatch` say that they were made. */
export const descriptorMetadata = { descriptor: 'soap', rCut: '5', nMax: '2', lMax: '1', sigma: '1', rMin: '1' };

/** A row for each centre of images with so many centres each, in random order within; features uniform in (0, 10). */
export function descriptorBatch(
  centerCounts: readonly number[],
  {
    precision = 'float32',
    length = 4,
    seed = 1,
    metadata = descriptorMetadata,
  }: { precision?: Precision; length?: number; seed?: number; metadata?: Readonly<Record<string, string>> } = {},
): RecordBatch {
  const random = randomNumbers(seed);
  const images = Uint32Array.from(centerCounts.flatMap((count, image) => Array<number>(count).fill(image)));
  const centers = Uint32Array.from(centerCounts.flatMap((count) => [...numbered(count)]));
  const counts = Uint32Array.from(images, (image) => centerCounts[image]!);
  const values = Float64Array.from({ length: images.length * length }, () => 10 * random());
  const features = featureField('soap', precision, length, new Map(Object.entries(metadata)));
  const schema = new Schema([imageField, labelField, centerField, positionField, nCentersField, features]);
  return recordBatch(schema, images.length, [
    numberColumn(imageField.type, images),
    numberColumn(labelField.type, labels(images)),
    numberColumn(centerField.type, centers),
    fixedSizeListColumn(positionField.type, Float64Array.from({ length: 3 * images.length }, random)),
    numberColumn(nCentersField.type, counts),
    fixedSizeListColumn(features.type, precision === 'float32' ? Float32Array.from(values) : values),
  ]);
}

/** The batch cut into slices of these lengths, over and over. */
export function split(batch: RecordBatch, ...lengths: readonly number[]): RecordBatch[] {
  const parts: RecordBatch[] = [];
  for (let row = 0, i = 0; row < batch.numRows; i++) {
    const end = Math.min(batch.numRows, row + lengths[i % lengths.length]!);
    parts.push(batch.slice(row, end));
    row = end;
  }
  return parts;
}

/** The batch with a column in place of the one of that name, or a further one. */
export function withColumn(batch: RecordBatch, field: Field, data: Data): RecordBatch {
  const fields = batch.schema.fields.map((old) => (old.name === field.name ? field : old));
  const schema = fields.includes(field)
    ? new Schema(fields, batch.schema.metadata)
    : changeFields(batch.schema, { add: [field] });
  return withColumns(batch, schema, { [field.name]: data });
}

export function withoutColumn(batch: RecordBatch, name: string): RecordBatch {
  return withColumns(batch, changeFields(batch.schema, { drop: [name] }), {});
}

/** The batch of a table without rows as Arrow makes it: vectors where columns should be. */
export function withoutColumns(schema: Schema): RecordBatch {
  const batch = recordBatch(
    schema,
    0,
    schema.fields.map(({ type }) => makeData({ type, length: 0, nullCount: 0 })),
  );
  const children = batch.data.children.map((data) => new Vector([data]));
  Object.assign(batch.data, { children });
  return batch;
}

/** The batch with that column nullable, with a validity bitmap, and null in that row if one is given. */
export function withNulls(batch: RecordBatch, name: string, row?: number): RecordBatch {
  const { type, offset, length, valueOffsets, values, children, dictionary } = column(batch, name);
  const bitmap = new Uint8Array((offset + length + 7) >> 3).fill(255);
  if (row !== undefined) bitmap[(offset + row) >> 3]! &= ~(1 << ((offset + row) & 7));
  const data = new Data(
    type,
    offset,
    length,
    row === undefined ? 0 : 1,
    [valueOffsets, values, bitmap],
    children,
    dictionary,
  );
  const field = batch.schema.fields.find((candidate) => candidate.name === name)!;
  return withColumn(batch, field.clone({ nullable: true }), data);
}

/** A column of these values, null where they are. */
export function columnOf(type: DataType, values: readonly unknown[]): Data {
  const builder = makeBuilder({ type, nullValues: [null] });
  for (const value of values) builder.append(value);
  return builder.finish().flush();
}

const extraTypes: Readonly<Record<string, { type: DataType; of: (image: number) => unknown }>> = {
  file: { type: new Utf8(), of: (image) => `file ${image}` },
  isEven: { type: new Bool(), of: (image) => image % 2 === 0 },
  parts: { type: new List(new Field('item', new Uint32(), false)), of: (image) => [image, 2 * image].slice(image % 3) },
  weight: { type: new Int32(), of: (image) => (image % 2 === 0 ? 7 * image : null) },
};

/** The batch with columns of several types that follow from `image`: what operators should hand on untouched. */
export function withExtraColumns(batch: RecordBatch): RecordBatch {
  const images = [...column(batch, 'image').values.subarray(0, batch.numRows)] as number[];
  return Object.entries(extraTypes).reduce(
    (wider, [name, { type, of }]) => withColumn(wider, new Field(name, type, true), columnOf(type, images.map(of))),
    batch,
  );
}

/** What `withExtraColumns` put in the row of that image. */
export function extraColumnsOf(image: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(extraTypes).map(([name, { of }]) => [name, of(image)]));
}

const numbered = (length: number): Uint32Array => Uint32Array.from({ length }, (_, i) => i);
const labels = (images: Uint32Array): Uint8Array => Uint8Array.from(images, (image) => image % 10);
