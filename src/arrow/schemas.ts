/**
 * The data model: every column that the operators read or write, and the schemas of the streams between them. For readers:
 * docs/data-model.md, which the tests hold to this.
 */
import {
  Binary,
  type DataType,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  List,
  Schema,
  Uint32,
  Uint8,
  Utf8,
} from 'apache-arrow';

export type Precision = 'float32' | 'float64';

const fixedSizeList = <T extends DataType>(size: number, item: T): FixedSizeList<T> =>
  new FixedSizeList(size, new Field('item', item, false));
const list = <T extends DataType>(item: T): List<T> => new List(new Field('item', item, false));
const column = <T extends DataType>(name: string, type: T): Field<T> => new Field(name, type, false);
const nullable = <T extends DataType>(name: string, type: T): Field<T> => new Field(name, type, true);

/** Index of the image, or of the point cloud where clouds come from files, in its source, from 0. */
export const imageField = column('image', new Uint32());
/** Name of the file that a point cloud comes from, within the folder that is read. */
export const fileField = column('file', new Utf8());
/** Index of the point cloud in that file, from 0. */
export const frameField = column('frame', new Uint32());
/** Class of the image or cloud, 0 to 9 for digits. */
export const labelField = column('label', new Uint8());
/** Intensities 0 to 255, rows from the top, each from the left: the type carries height and width. */
export const pixelsField = (height: number, width: number): Field =>
  column('pixels', fixedSizeList(height, fixedSizeList(width, new Uint8())));
/** The point cloud, (x, y, z) in input units: pixels for images, those of the file for clouds from files. */
export const pointsField = column('points', list(fixedSizeList(3, new Float64())));
/** Element or label of each point: a cloud has as many as points. */
export const speciesField = column('species', list(new Utf8()));
/** Lattice vectors a, b and c of the cloud, row by row, in input units; zeros where it has none. */
export const cellField = column('cell', fixedSizeList(9, new Float64()));
/** 1 for each of a, b, c along which the cloud repeats, else 0. */
export const pbcField = column('pbc', fixedSizeList(3, new Uint8()));
/** Indices into `points` of the centres to expand; without this column every point is one. */
export const centersField = column('centers', list(new Uint32()));
/** Where to expand, (x, y, z) in input units, in place of `centers`: these need not be points. */
export const centerPositionsField = column('centerPositions', list(fixedSizeList(3, new Float64())));
/** Index of the centre in the image's point cloud, or in its `centerPositions`, from 0. */
export const centerField = column('center', new Uint32());
/** Where the centre is, (x, y, z) in input units. */
export const positionField = column('position', fixedSizeList(3, new Float64()));
/** How many centres of the image `soap` has expanded: N_k of algorithm 3. */
export const nCentersField = column('nCenters', new Uint32());
/** A feature vector: `soap`, or whatever name it is given. */
export const featureField = (
  name: string,
  precision: Precision,
  size: number,
  metadata: ReadonlyMap<string, string> = new Map(),
): Field =>
  new Field(
    name,
    fixedSizeList<DataType>(size, precision === 'float32' ? new Float32() : new Float64()),
    false,
    new Map(metadata),
  );
/** How a row of features changes with x, y and z of each point of its cloud, per input unit: as many elements as the cloud has points. */
export const derivativesField = (precision: Precision, size: number): Field =>
  column('derivatives', list(fixedSizeList(3, featureField('item', precision, size).type)));
/** How many rows of the image were taken together into this one. */
export const nRowsField = column('nRows', new Uint32());
/** Index of a component of the feature vectors, from 0. */
export const componentField = column('component', new Uint32());
/** The most probable class. */
export const predictedField = column('predicted', new Uint8());
/** Probability of each class; they sum to 1. */
export const probabilitiesField = (classCount: number): Field =>
  column('probabilities', fixedSizeList(classCount, new Float32()));

/** Chunks of files: `role` says which file (`images`, `labels`), in the order of their bytes. */
export const bytesSchema = new Schema([column('role', new Utf8()), column('data', new Binary())]);

export const imagesSchema = (height: number, width: number): Schema =>
  new Schema([imageField, labelField, pixelsField(height, width)]);

export const pointCloudsSchema = new Schema([imageField, labelField, pointsField]);

/** `epoch` where the value belongs to one; `actual` and `predicted` for cells of a confusion matrix. */
export const metricsSchema = new Schema([
  column('run', new Utf8()),
  column('pipeline', new Utf8()),
  column('step', new Utf8()),
  column('metric', new Utf8()),
  nullable('epoch', new Int32()),
  nullable('actual', new Uint8()),
  nullable('predicted', new Uint8()),
  column('value', new Float64()),
]);

/** Rows that failed and the rest could do without: where they were, why they failed, and the row as JSON. */
export const deadLettersSchema = new Schema([
  column('pipeline', new Utf8()),
  column('step', new Utf8()),
  nullable('batch', new Uint32()),
  nullable('row', new Uint32()),
  nullable('image', new Uint32()),
  nullable('file', new Utf8()),
  nullable('frame', new Uint32()),
  nullable('line', new Uint32()),
  column('code', new Utf8()),
  column('message', new Utf8()),
  nullable('record', new Utf8()),
]);

/** A measured value, before the runtime adds where it was measured. */
export interface MetricRow {
  readonly metric: string;
  readonly value: number;
  readonly epoch?: number;
  readonly actual?: number;
  readonly predicted?: number;
}

/** Columns that have one type. */
const modelFields: ReadonlyMap<string, Field> = new Map(
  [
    ...bytesSchema.fields,
    imageField,
    fileField,
    frameField,
    labelField,
    pointsField,
    speciesField,
    cellField,
    pbcField,
    centersField,
    centerPositionsField,
    centerField,
    positionField,
    nCentersField,
    nRowsField,
    componentField,
    predictedField,
  ].map((field) => [field.name, field]),
);

/** The column of that name in the data model; where its type has a length, a value tells it. */
export function modelField(name: string, value: unknown): Field | undefined {
  const [first, ...rest]: unknown[] = Array.isArray(value) ? value : [];
  const length = first === undefined ? 0 : rest.length + 1;
  switch (name) {
    case 'pixels':
      return pixelsField(length, Array.isArray(first) ? first.length : 0);
    case 'probabilities':
      return probabilitiesField(length);
    case 'soap':
    case 'code':
    case 'intensities':
    case 'pooled':
      return featureField(name, 'float32', length);
    case 'correlation':
      return featureField(name, 'float64', length);
    default:
      return modelFields.get(name);
  }
}
