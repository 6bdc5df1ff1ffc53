import type { PlyElement } from './header.js';
import type { PlyType } from './types.js';
import type { VertexField } from './vertexFields.js';

/** A piece of a binary row that is read at once: numbers side by side, up to the length of a list or the end of the row. */
export interface Segment {
  readonly bytes: number;
  readonly numbers: readonly BinaryNumber[];
  /** The list that follows and is passed over. */
  readonly list?: BinaryList;
  /** How many bytes after it are passed over; 0 if there is a list, which tells that itself. */
  readonly passedOver: number;
  /** Of each of the rows that are passed over; NaN if that is less than one. */
  readonly rowBytes: number;
}

/** A number that is read, and where in its segment it stands. */
export interface BinaryNumber {
  readonly at: number;
  readonly type: PlyType;
  readonly field: VertexField;
}

/** A list, and where in its segment its length stands. */
export interface BinaryList {
  readonly name: string;
  readonly at: number;
  readonly countType: PlyType;
  readonly itemBytes: number;
}

/** How the rows of an element lie in a binary file. */
export interface Layout {
  readonly name: string;
  readonly rows: number;
  readonly segments: readonly Segment[];
}

/** @param fields what the properties are read for; none of them by default */
export function layoutOf(element: PlyElement, fields: readonly (VertexField | undefined)[] = []): Layout {
  const { name, count, properties } = element;
  const isRead = fields.some((field) => field !== undefined);
  if (!isRead && !properties.some(({ countType }) => countType)) return passedOverWhole(element);
  const segments: Segment[] = [];
  let numbers: BinaryNumber[] = [];
  let bytes = 0;
  for (const [i, { name: property, type, countType }] of properties.entries()) {
    const field = fields[i];
    if (field) numbers.push({ at: bytes, type, field });
    const at = bytes;
    bytes += (countType ?? type).bytes;
    if (!countType) continue;
    const list = { name: property, at, countType, itemBytes: type.bytes };
    segments.push({ bytes, numbers, list, passedOver: 0, rowBytes: Number.NaN });
    [numbers, bytes] = [[], 0];
  }
  if (bytes > 0) segments.push({ bytes, numbers, passedOver: 0, rowBytes: Number.NaN });
  return { name, rows: count, segments };
}

/** Rows of one size, of which nothing is read, as a single row that is passed over. */
function passedOverWhole({ name, count, properties }: PlyElement): Layout {
  const rowBytes = properties.reduce((sum, { type }) => sum + type.bytes, 0);
  return { name, rows: 1, segments: [{ bytes: 0, numbers: [], passedOver: count * rowBytes, rowBytes }] };
}
