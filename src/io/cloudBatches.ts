import { type Data, makeData, type RecordBatch, Schema, Utf8 } from 'apache-arrow';
import { fixedSizeListColumn, listColumn, numberColumn, recordBatch } from '../arrow/columns.js';
import { cellField, imageField, labelField, pbcField, pointsField, speciesField } from '../arrow/schemas.js';
import type { Cloud } from '../clouds/cloud.js';
import type { PackedTexts } from '../clouds/textPacker.js';

/** What clouds have beside their index and their points. */
export interface CloudContent {
  readonly label: boolean;
  readonly species: boolean;
  /** Lattice and periodicity. */
  readonly cell: boolean;
}

export function cloudsSchema({ label, species, cell }: CloudContent): Schema {
  return new Schema([
    imageField,
    ...(label ? [labelField] : []),
    pointsField,
    ...(species ? [speciesField] : []),
    ...(cell ? [cellField, pbcField] : []),
  ]);
}

/** A batch of so many points (24 MiB) leaves, however few clouds it has. */
const ENOUGH_POINTS = 2 ** 20;

/** Collects clouds into batches, a row each, numbered from 0. */
export class CloudBatches {
  readonly #schema: Schema;
  readonly #batchRows: number;
  #clouds: Cloud[] = [];
  #nPoints = 0;
  /** Index of the first cloud of the next batch. */
  #first = 0;

  /** @param schema of clouds that have what it asks for */
  constructor(schema: Schema, batchRows: number) {
    this.#schema = schema;
    this.#batchRows = batchRows;
  }

  /** Takes clouds, and gives batches as they are full. */
  *add(clouds: Iterable<Cloud>): Generator<RecordBatch, void, undefined> {
    for (const cloud of clouds) {
      this.#clouds.push(cloud);
      this.#nPoints += cloud.points.length / 3;
      if (this.#clouds.length >= this.#batchRows || this.#nPoints >= ENOUGH_POINTS) yield this.#take();
    }
  }

  /** Gives what is left, if anything is. */
  *rest(): Generator<RecordBatch, void, undefined> {
    if (this.#clouds.length > 0) yield this.#take();
  }

  #take(): RecordBatch {
    const clouds = this.#clouds;
    const columns = this.#schema.fields.map(({ name }) => columnOf(name, clouds, this.#first));
    this.#first += clouds.length;
    this.#clouds = [];
    this.#nPoints = 0;
    return recordBatch(this.#schema, clouds.length, columns);
  }
}

/** @param first index of the first cloud */
function columnOf(name: string, clouds: readonly Cloud[], first: number): Data {
  switch (name) {
    case imageField.name:
      return numberColumn(
        imageField.type,
        Uint32Array.from({ length: clouds.length }, (_, i) => first + i),
      );
    case labelField.name:
      return numberColumn(labelField.type, Uint8Array.from(clouds.map(({ label }) => label!)));
    case pointsField.name: {
      const { type } = pointsField;
      const points = joined(
        Float64Array,
        clouds.map((cloud) => cloud.points),
      );
      return listColumn(type, offsetsOf(clouds), fixedSizeListColumn(type.valueType, points));
    }
    case speciesField.name:
      return listColumn(speciesField.type, offsetsOf(clouds), textColumn(clouds.map(({ species }) => species!)));
    case cellField.name: {
      const cells = clouds.map(({ cell }) => cell!);
      return fixedSizeListColumn(cellField.type, joined(Float64Array, cells));
    }
    case pbcField.name: {
      const flags = clouds.map(({ pbc }) => pbc!);
      return fixedSizeListColumn(pbcField.type, joined(Uint8Array, flags));
    }
    default:
      throw new Error(`clouds have no ${name}`);
  }
}

/** Where the points of each cloud begin. */
function offsetsOf(clouds: readonly Cloud[]): Int32Array {
  const offsets = new Int32Array(clouds.length + 1);
  for (const [i, { points }] of clouds.entries()) offsets[i + 1] = offsets[i]! + points.length / 3;
  return offsets;
}

/** All parts in one array. A single one is no copy: it may be as large as memory allows. */
function joined<T extends Float64Array | Uint8Array>(type: new (length: number) => T, parts: readonly T[]): T {
  const [only, ...others] = parts;
  if (only && others.length === 0) return only;
  const all = new type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function textColumn(parts: readonly PackedTexts[]): Data {
  const data = joined(
    Uint8Array,
    parts.map(({ bytes }) => bytes),
  );
  const valueOffsets = joinedOffsets(parts.map(({ offsets }) => offsets));
  return makeData({ type: new Utf8(), length: valueOffsets.length - 1, nullCount: 0, valueOffsets, data });
}

/** The offsets of texts that follow each other. */
function joinedOffsets(parts: readonly Int32Array[]): Int32Array {
  const [only, ...others] = parts;
  if (only && others.length === 0) return only;
  const all = new Int32Array(1 + parts.reduce((sum, { length }) => sum + length - 1, 0));
  let at = 0;
  for (const part of parts) {
    const start = all[at]!;
    for (let i = 1; i < part.length; i++) all[++at] = start + part[i]!;
  }
  return all;
}
