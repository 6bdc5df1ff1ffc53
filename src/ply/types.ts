/** A number type of PLY. */
export interface PlyType {
  /** As PLY 1.0 calls it. */
  readonly name: string;
  readonly bytes: number;
  readonly isInteger: boolean;
  read(view: DataView, at: number, littleEndian: boolean): number;
  /** The value of this type that a decimal number stands for; NaN if it is out of range, or no integer where it must be one. */
  fromDecimal(value: number): number;
}

function integer(name: string, bytes: number, isSigned: boolean, read: PlyType['read']): PlyType {
  const span = 2 ** (8 * bytes);
  const least = isSigned ? -span / 2 : 0;
  const fromDecimal = (value: number): number =>
    Number.isInteger(value) && value >= least && value < least + span ? value : Number.NaN;
  return { name, bytes, isInteger: true, read, fromDecimal };
}

/** Each with the name with a size that most programs write. */
const TYPES: readonly (readonly [sized: string, type: PlyType])[] = [
  ['int8', integer('char', 1, true, (view, at) => view.getInt8(at))],
  ['uint8', integer('uchar', 1, false, (view, at) => view.getUint8(at))],
  ['int16', integer('short', 2, true, (view, at, littleEndian) => view.getInt16(at, littleEndian))],
  ['uint16', integer('ushort', 2, false, (view, at, littleEndian) => view.getUint16(at, littleEndian))],
  ['int32', integer('int', 4, true, (view, at, littleEndian) => view.getInt32(at, littleEndian))],
  ['uint32', integer('uint', 4, false, (view, at, littleEndian) => view.getUint32(at, littleEndian))],
  [
    'float32',
    {
      name: 'float',
      bytes: 4,
      isInteger: false,
      read: (view, at, littleEndian) => view.getFloat32(at, littleEndian),
      fromDecimal: Math.fround, // what binary files of the same cloud hold: the declared type counts, not the digits
    },
  ],
  [
    'float64',
    {
      name: 'double',
      bytes: 8,
      isInteger: false,
      read: (view, at, littleEndian) => view.getFloat64(at, littleEndian),
      fromDecimal: (value) => value,
    },
  ],
];

/** By their names of PLY 1.0, and by those with sizes. */
export const PLY_TYPES: ReadonlyMap<string, PlyType> = new Map([
  ...TYPES.map(([, type]) => [type.name, type] as const),
  ...TYPES,
]);
