/** How files of other formats begin, and what a message calls them. */
const FORMATS: readonly (readonly [start: string, name: string])[] = [
  ['BZh', 'compressed by bzip2'],
  ['\xfd7zXZ\0', 'compressed by xz'],
  ['\x28\xb5\x2f\xfd', 'compressed by zstd'],
  ['\x04\x22\x4d\x18', 'compressed by lz4'],
  ['\xff\x06\0\0sN', 'compressed by snappy'],
  ['\x1f\x9d', 'compressed by compress'],
  ['LZIP', 'compressed by lzip'],
  ['PK\x03\x04', 'a zip archive'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive'],
  ['Rar!', 'a rar archive'],
  ['\x1f\x8b', 'compressed by gzip'],
  ['PAR1', 'a Parquet file'],
  ['PARE', 'an encrypted Parquet file'],
  ['ARROW1', 'an Arrow file'],
  ['FEA1', 'a Feather file of version 1'],
  ['ORC', 'an ORC file'],
  ['Obj\x01', 'an Avro file'],
  ['\x89HDF', 'an HDF5 file'],
  ['\x93NUMPY', 'a NumPy file'],
  ['CDF', 'a NetCDF file'],
  ['\x89PNG', 'a PNG image'],
  ['%PDF', 'a PDF document'],
  ['SQLite', 'an SQLite database'],
];

/** Bytes that `otherFormat` looks at. */
export const MAGIC_BYTES = 6;

/** What a file is that begins so, where that is known, e.g. `compressed by bzip2`. Text and IDX are not. */
export function otherFormat(start: Uint8Array): string | undefined {
  return FORMATS.find(([magic]) =>
    Array.from({ length: magic.length }).every((_, i) => start[i] === magic.charCodeAt(i)),
  )?.[1];
}
