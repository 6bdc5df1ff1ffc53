import { type Data, type DataType, Field, FixedSizeList, Float64, List, makeData, Uint8, Utf8 } from 'apache-arrow';
import { fixedSizeListColumn, listColumn, numberColumn } from '../arrow/columns.js';
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
export function cloudColumns({ label, origin, species, cell, info, arrays }: CloudContent): CloudColumn[] {
  return [
    {
      field: imageField,
      data: (clouds, first) =>
        numberColumn(
          imageField.type,
          Uint32Array.from(clouds, (_, i) => first + i),
        ),
    },
    ...(origin ? originColumns : []),
    ...(label === undefined ? [] : [labelColumn(label)]),
    {
      field: pointsField,
      data: (clouds) => {
        const { type } = pointsField;
        const points = joined(
          Float64Array,
          clouds.map((cloud) => cloud.points),
        );
        return listColumn(type, offsetsOf(clouds), fixedSizeListColumn(type.valueType, points));
      },
    },
    ...(species ? [speciesColumn] : []),
    ...(cell ? cellColumns : []),
    ...Object.entries(info ?? {}).map(([name, shape], i) => infoColumn(name, shape, i)),
    ...Object.entries(arrays ?? {}).map(([name, shape], i) => arrayColumn(name, shape, i)),
  ];
}

const originColumns: readonly CloudColumn[] = [
  { field: fileField, data: (clouds) => textColumn(clouds.map(({ file }) => packed(file))) },
  {
    field: frameField,
    data: (clouds) =>
      numberColumn(
        frameField.type,
        Uint32Array.from(clouds, ({ frame }) => frame!),
      ),
  },
];

const speciesColumn: CloudColumn = {
  field: speciesField,
  data: (clouds) => listColumn(speciesField.type, offsetsOf(clouds), textColumn(clouds.map((cloud) => cloud.species!))),
};

const cellColumns: readonly CloudColumn[] = [
  {
    field: cellField,
    data: (clouds) => {
      const cells = clouds.map(({ cell }) => cell!);
      return fixedSizeListColumn(cellField.type, joined(Float64Array, cells));
    },
  },
  {
    field: pbcField,
    data: (clouds) => {
      const flags = clouds.map(({ pbc }) => pbc!);
      return fixedSizeListColumn(pbcField.type, joined(Uint8Array, flags));
    },
  },
];

function labelColumn(type: LabelType): CloudColumn {
  const field = new Field('label', LABEL_TYPES[type], false);
  return {
    field,
    data: (clouds) => {
      const labels = clouds.map(({ label }) => label!);
      if (type === 'utf8') return textColumn(labels.map((label) => packed(String(label))));
      const values = labels.map(Number);
      return numberColumn(field.type, type === 'uint8' ? Uint8Array.from(values) : Float64Array.from(values));
    },
  };
}

/** A value of a cloud: a text, a number, or a list of numbers. */
function infoColumn(name: string, shape: ValueShape, index: number): CloudColumn {
  const field = new Field(name, typeOf(shape), false);
  return {
    field,
    data: (clouds) => {
      const values = clouds.map(({ info }) => info![index]!);
      if (shape === 'text') return textColumn(values.map((value) => packed(value as string)));
      return fixedSizeListColumn(field.type, joined(Float64Array, values as Float64Array[]));
    },
  };
}

/** The same for each point of a cloud. */
function arrayColumn(name: string, shape: ValueShape, index: number): CloudColumn {
  const item = typeOf(shape);
  const field = new Field(name, new List(new Field('item', item, false)), false);
  return {
    field,
    data: (clouds) => {
      const parts = clouds.map(({ arrays }) => arrays![index]!);
      const values =
        shape === 'text'
          ? textColumn(parts as PackedTexts[])
          : fixedSizeListColumn(item, joined(Float64Array, parts as Float64Array[]));
      return listColumn(field.type, offsetsOf(clouds), values);
    },
  };
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

const encoder = new TextEncoder();

function packed(text: string): PackedTexts {
  const bytes = encoder.encode(text);
  return { bytes, offsets: Int32Array.of(0, bytes.length) };
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
