import {
  type Data,
  DataType,
  Field,
  FixedSizeList,
  Float64,
  List,
  makeData,
  Uint8,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { fixedSizeListColumn, listColumn, type NumberArray } from '../arrow/columns.js';
import { cellField, fileField, frameField, imageField, pbcField, pointsField, speciesField } from '../arrow/schemas.js';
import type { Cloud, ValueShape } from '../clouds/cloud.js';
import type { LabelType } from '../clouds/label.js';
import type { PackedTexts } from '../clouds/textPacker.js';

/** What clouds have beside their index and their points. */
export interface CloudContent {
  /** Type of the column `label`; undefined if there is none. */
  readonly label?: LabelType | undefined;
  /** Whether the columns `file` and `frame` say where clouds come from. */
  readonly origin: boolean;
  readonly species: boolean;
  /** Lattice and periodicity. */
  readonly cell: boolean;
  /** Further values of clouds and of their points, by their names. */
  readonly info?: Readonly<Record<string, ValueShape>> | undefined;
  readonly arrays?: Readonly<Record<string, ValueShape>> | undefined;
}

/** A cloud, and the file that it comes from. */
export interface CloudOfFile extends Cloud {
  readonly file: string;
}

/** A column of clouds. */
export interface CloudColumn {
  readonly field: Field;
  /** @param first index of the first cloud */
  readonly data: (clouds: readonly CloudOfFile[], first: number) => Data;
}

const LABEL_TYPES = { uint8: new Uint8(), float64: new Float64(), utf8: new Utf8() };

/** Names that no further value may have, since other columns of point clouds have them. */
export const TAKEN_NAMES: readonly string[] = [
  'image',
  'file',
  'frame',
  'label',
  'points',
  'species',
  'cell',
  'pbc',
  'centers',
  'centerPositions',
];

/** The columns of clouds in their order. */
export function cloudColumns({ label, origin, species, cell, info = {}, arrays = {} }: CloudContent): CloudColumn[] {
  const columns = [
    column(imageField, (clouds, first) => Uint32Array.from(clouds, (_, i) => first + i)),
    origin && column(fileField, (clouds) => clouds.map(({ file }) => file)),
    origin && column(frameField, (clouds) => Uint32Array.from(clouds, ({ frame }) => frame!)),
    label && column(new Field('label', LABEL_TYPES[label], false), (clouds) => labelsOf(label, clouds)),
    pointColumn(pointsField, ({ points }) => points),
    species && pointColumn(speciesField, (cloud) => cloud.species!),
    cell &&
      column(cellField, (clouds) =>
        joined(
          Float64Array,
          clouds.map((cloud) => cloud.cell!),
        ),
      ),
    cell &&
      column(pbcField, (clouds) =>
        joined(
          Uint8Array,
          clouds.map(({ pbc }) => pbc!),
        ),
      ),
    ...Object.entries(info).map(([name, shape], i) =>
      column(new Field(name, typeOf(shape), false), (clouds) => {
        const values = clouds.map((cloud) => cloud.info![i]!);
        return shape === 'text' ? (values as string[]) : joined(Float64Array, values as Float64Array[]);
      }),
    ),
    ...Object.entries(arrays).map(([name, shape], i) =>
      pointColumn(
        new Field(name, new List(new Field('item', typeOf(shape), false)), false),
        (cloud) => cloud.arrays![i]!,
      ),
    ),
  ];
  return columns.filter((each) => typeof each === 'object');
}

/** A text, a number or a list of numbers of each cloud. */
function column(
  field: Field,
  valuesOf: (clouds: readonly CloudOfFile[], first: number) => NumberArray | readonly string[],
): CloudColumn {
  return {
    field,
    data(clouds, first) {
      const values = valuesOf(clouds, first);
      if (ArrayBuffer.isView(values)) return fixedSizeListColumn(field.type, values);
      return vectorFromArray(values, new Utf8()).data[0]!;
    },
  };
}

/** The same of each point of a cloud. */
function pointColumn(field: Field, valuesOf: (cloud: Cloud) => Float64Array | PackedTexts): CloudColumn {
  const item: DataType = field.type.children[0].type;
  return {
    field,
    data(clouds) {
      const parts = clouds.map(valuesOf);
      const values = DataType.isUtf8(item)
        ? packedColumn(parts as PackedTexts[])
        : fixedSizeListColumn(item, joined(Float64Array, parts as Float64Array[]));
      return listColumn(field.type, offsetsOf(clouds), values);
    },
  };
}

function labelsOf(type: LabelType, clouds: readonly Cloud[]): NumberArray | readonly string[] {
  const labels = clouds.map(({ label }) => label!);
  if (type === 'utf8') return labels.map(String);
  return type === 'uint8' ? Uint8Array.from(labels, Number) : Float64Array.from(labels, Number);
}

function typeOf(shape: ValueShape): DataType {
  if (shape === 'text') return new Utf8();
  return shape === 1 ? new Float64() : new FixedSizeList(shape, new Field('item', new Float64(), false));
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

function packedColumn(parts: readonly PackedTexts[]): Data {
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
