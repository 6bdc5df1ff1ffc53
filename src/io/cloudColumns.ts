import {
  type Data,
  type DataType,
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
import type { Clouds, CloudValues, ValueShape } from '../clouds/cloud.js';
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

/** Clouds, and where they come from. */
export interface CloudsOfFiles extends Clouds {
  /** Of each the file that it is in. */
  readonly files: readonly string[];
  /** The number of the first one. */
  readonly first: number;
}

/** A column of clouds. */
export interface CloudColumn {
  readonly field: Field;
  readonly data: (clouds: CloudsOfFiles) => Data;
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
    column(imageField, ({ values, first }) => Uint32Array.from(values, (_, i) => first + i)),
    origin && column(fileField, ({ files }) => files),
    origin && column(frameField, ({ frames }) => Uint32Array.from(frames)),
    label && column(new Field('label', LABEL_TYPES[label], false), ({ values }) => labelsOf(label, values)),
    pointColumn(pointsField, ({ points }) => points),
    species && pointColumn(speciesField, (clouds) => clouds.species!),
    cell &&
      column(cellField, ({ values }) =>
        joined(
          Float64Array,
          values.map((cloud) => cloud.cell!),
        ),
      ),
    cell &&
      column(pbcField, ({ values }) =>
        joined(
          Uint8Array,
          values.map(({ pbc }) => pbc!),
        ),
      ),
    ...Object.entries(info).map(([name, shape], i) =>
      column(new Field(name, typeOf(shape), false), ({ values }) => {
        const ofClouds = values.map((cloud) => cloud.info![i]!);
        return shape === 'text' ? (ofClouds as string[]) : joined(Float64Array, ofClouds as Float64Array[]);
      }),
    ),
    ...Object.entries(arrays).map(([name, shape], i) =>
      pointColumn(
        new Field(name, new List(new Field('item', typeOf(shape), false)), false),
        (clouds) => clouds.arrays[i]!,
      ),
    ),
  ];
  return columns.filter((each) => typeof each === 'object');
}

/** A text, a number or a list of numbers of each cloud. */
function column(field: Field, valuesOf: (clouds: CloudsOfFiles) => NumberArray | readonly string[]): CloudColumn {
  return {
    field,
    data(clouds) {
      const values = valuesOf(clouds);
      if (ArrayBuffer.isView(values)) return fixedSizeListColumn(field.type, values);
      return vectorFromArray(values, new Utf8()).data[0]!;
    },
  };
}

/** The same of each point of a cloud. */
function pointColumn(field: Field, valuesOf: (clouds: CloudsOfFiles) => Float64Array | PackedTexts): CloudColumn {
  const item: DataType = field.type.children[0].type;
  return {
    field,
    data(clouds) {
      const values = valuesOf(clouds);
      const points = ArrayBuffer.isView(values) ? fixedSizeListColumn(item, values) : packedColumn(values);
      return listColumn(field.type, clouds.offsets, points);
    },
  };
}

function packedColumn({ bytes, offsets }: PackedTexts): Data {
  return makeData({ type: new Utf8(), length: offsets.length - 1, nullCount: 0, valueOffsets: offsets, data: bytes });
}

function labelsOf(type: LabelType, values: readonly CloudValues[]): NumberArray | readonly string[] {
  const labels = values.map(({ label }) => label!);
  if (type === 'utf8') return labels.map(String);
  return type === 'uint8' ? Uint8Array.from(labels, Number) : Float64Array.from(labels, Number);
}

function typeOf(shape: ValueShape): DataType {
  if (shape === 'text') return new Utf8();
  return shape === 1 ? new Float64() : new FixedSizeList(shape, new Field('item', new Float64(), false));
}

/** All parts in one array. */
function joined<T extends Float64Array | Uint8Array>(type: new (length: number) => T, parts: readonly T[]): T {
  const all = new type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
