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
  return {
    name,
    bytes,
    isInteger: true,
    read,
    fromDecimal: (value) => (Number.isInteger(value) && value >= least && value < least + span ? value : Number.NaN),
  };
}

const char = integer('char', 1, true, (view, at) => view.getInt8(at));
const uchar = integer('uchar', 1, false, (view, at) => view.getUint8(at));
const short = integer('short', 2, true, (view, at, littleEndian) => view.getInt16(at, littleEndian));
const ushort = integer('ushort', 2, false, (view, at, littleEndian) => view.getUint16(at, littleEndian));
const int = integer('int', 4, true, (view, at, littleEndian) => view.getInt32(at, littleEndian));
const uint = integer('uint', 4, false, (view, at, littleEndian) => view.getUint32(at, littleEndian));
const float: PlyType = {
  name: 'float',
  bytes: 4,
  isInteger: false,
  read: (view, at, littleEndian) => view.getFloat32(at, littleEndian),
  // What binary files of the same cloud hold: the declared type counts, not the digits.
  fromDecimal: Math.fround,
};
const double: PlyType = {
  name: 'double',
  bytes: 8,
  isInteger: false,
  read: (view, at, littleEndian) => view.getFloat64(at, littleEndian),
  fromDecimal: (value) => value,
};

/** By their names of PLY 1.0, and by those with sizes that most programs write. */
export const PLY_TYPES: ReadonlyMap<string, PlyType> = new Map([
  ...[char, uchar, short, ushort, int, uint, float, double].map((type) => [type.name, type] as const),
  ['int8', char],
  ['uint8', uchar],
  ['int16', short],
  ['uint16', ushort],
  ['int32', int],
  ['uint32', uint],
  ['float32', float],
  ['float64', double],
]);
