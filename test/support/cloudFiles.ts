/** Writers of point cloud files, as plain as can be, and the means to read them piecemeal. */
import type { Clouds } from '#dist/clouds/cloud.js';
import type { CloudParser } from '#dist/io/cloudSource.js';
import { expect } from 'vitest';

/** The text in UTF-8. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Each cloud by itself that a parser tells when it is complete. */
export function* taken({ clouds }: CloudParser, complete: Iterable<void>): Generator<Clouds, void, undefined> {
  for (const _ of complete) yield clouds.take();
}

/** All clouds of a file that arrives in chunks of that many bytes. */
export function parseAll(parser: CloudParser, file: Uint8Array, chunkBytes = file.length): Clouds[] {
  const clouds: Clouds[] = [];
  for (let at = 0; at < file.length; at += chunkBytes) {
    clouds.push(...taken(parser, parser.push(file.slice(at, at + chunkBytes))));
  }
  return [...clouds, ...taken(parser, parser.end())];
}

/** A cloud by itself as plain values. */
export function plainCloud({ points, species, values, offsets }: Clouds): Record<string, unknown> {
  expect([...offsets]).toEqual([0, points.length / 3]);
  const [{ label, cell, pbc }] = values as [Clouds['values'][number]];
  const texts = species && [...species.offsets.subarray(1)].map((end, i) => [species.offsets[i]!, end] as const);
  return {
    points: Array.from({ length: points.length / 3 }, (_, i) => [...points.subarray(3 * i, 3 * i + 3)]),
    ...(texts && { species: texts.map(([start, end]) => Buffer.from(species.bytes.subarray(start, end)).toString()) }),
    ...(label !== undefined && { label }),
    ...(cell && { cell: [...cell] }),
    ...(pbc && { pbc: [...pbc] }),
  };
}

/** Bytes of each number type of PLY, by both of its names, and how a DataView sets it. */
const SETTERS: Record<string, readonly [bytes: number, set: keyof DataView & `set${string}`]> = {
  char: [1, 'setInt8'],
  int8: [1, 'setInt8'],
  uchar: [1, 'setUint8'],
  uint8: [1, 'setUint8'],
  short: [2, 'setInt16'],
  int16: [2, 'setInt16'],
  ushort: [2, 'setUint16'],
  uint16: [2, 'setUint16'],
  int: [4, 'setInt32'],
  int32: [4, 'setInt32'],
  uint: [4, 'setUint32'],
  uint32: [4, 'setUint32'],
  float: [4, 'setFloat32'],
  float32: [4, 'setFloat32'],
  double: [8, 'setFloat64'],
  float64: [8, 'setFloat64'],
};

export const PLY_FORMATS = ['ascii', 'binary_little_endian', 'binary_big_endian'] as const;
export type PlyFormat = (typeof PLY_FORMATS)[number];

/** A number, or the items of a list. */
type PlyValue = number | readonly number[];

export interface PlyElementContent {
  readonly name: string;
  /** `float x` or `list uchar int vertex_indices`. */
  readonly properties: readonly string[];
  readonly rows: readonly (readonly PlyValue[])[];
}

/** A PLY file. @param comments whole header lines after that of the format */
export function plyFile(
  format: PlyFormat,
  elements: readonly PlyElementContent[],
  { comments = [], newline = '\n' }: { comments?: readonly string[]; newline?: string } = {},
): Uint8Array {
  const header = [
    'ply',
    `format ${format} 1.0`,
    ...comments,
    ...elements.flatMap(({ name, properties, rows }) => [
      `element ${name} ${rows.length}`,
      ...properties.map((property) => `property ${property}`),
    ]),
    'end_header',
  ];
  const parts: Uint8Array[] = [bytesOf(header.map((line) => line + newline).join(''))];
  for (const { properties, rows } of elements) {
    for (const row of rows) {
      const line = row.map((value) => (typeof value === 'number' ? `${value}` : [value.length, ...value].join(' ')));
      if (format === 'ascii') parts.push(bytesOf(line.join(' ') + newline));
      else parts.push(...row.flatMap((value, i) => encoded(properties[i]!, value, format === 'binary_little_endian')));
    }
  }
  return Buffer.concat(parts);
}

function encoded(property: string, value: PlyValue, littleEndian: boolean): Uint8Array[] {
  const words = property.split(' ');
  if (typeof value === 'number') return [number(words[0]!, value, littleEndian)];
  return [number(words[1]!, value.length, littleEndian), ...value.map((item) => number(words[2]!, item, littleEndian))];
}

function number(type: string, value: number, littleEndian: boolean): Uint8Array {
  const [bytes, set] = SETTERS[type]!;
  const view = new DataView(new ArrayBuffer(bytes));
  (view[set] as (at: number, value: number, littleEndian: boolean) => void).call(view, 0, value, littleEndian);
  return new Uint8Array(view.buffer);
}
