import { Data, Field, Int32, Int64, Utf8, vectorFromArray } from 'apache-arrow';
import { existsSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { gatherColumn } from '../arrow/gather.js';
import { PipelineError } from '../errors.js';
import { globOf } from './folders.js';

/** What the folders of files say: columns that have one value throughout a file. */
export interface Partitions {
  readonly fields: readonly Field[];
  /** The columns of so many rows of a file. */
  readonly columns: (file: number, rows: number) => Data[];
}

/** Hive's word for null. */
const NULL = '__HIVE_DEFAULT_PARTITION__';
const INTEGER = /^[+-]?\d{1,18}$/;

/**
 * The keys of folders `key=value` between `path`, a directory or a glob, and its files. A key is int32 if all of its values are integers, int64
 * if they are too large for that, else utf8.
 * @throws PipelineError `badData` if files have different keys
 */
export function partitionsOf(path: string, files: readonly string[]): Partitions {
  const root = existsSync(path) ? path : (globOf(path)?.folder ?? path);
  const perFile = files.map((file) => new Map(pairsOf(relative(root, file))));
  const keys = [...(perFile[0]?.keys() ?? [])];
  for (const [i, values] of perFile.entries()) {
    if ([...values.keys()].join('/') !== keys.join('/')) {
      const [found, expected] = [[...values.keys()], keys].map((names) => names.join(', ') || 'none');
      throw new PipelineError(
        'badData',
        `${files[i]}: expected folders for the keys ${expected}, as ${files[0]}, found ${found}`,
      );
    }
  }
  const columns = keys.map((key) =>
    columnOf(
      key,
      perFile.map((values) => values.get(key)!),
    ),
  );
  return {
    fields: columns.map(({ field }) => field),
    columns: (file, rows) => columns.map(({ make }) => make(file, rows)),
  };
}

function pairsOf(path: string): [string, string][] {
  const folders = path.split(sep).slice(0, -1);
  return folders.flatMap((folder) => {
    const at = folder.indexOf('=');
    return at > 0 ? [[decoded(folder.slice(0, at)), decoded(folder.slice(at + 1))]] : [];
  });
}

/** Writers escape signs as in addresses; others stay. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function columnOf(
  key: string,
  values: readonly string[],
): { field: Field; make: (file: number, rows: number) => Data } {
  const present = values.filter((value) => value !== NULL);
  const isInteger = present.length > 0 && present.every((value) => INTEGER.test(value));
  const isShort = present.every(
    (value) => BigInt.asIntN(32, BigInt(isInteger ? value : 0)) === BigInt(isInteger ? value : 0),
  );
  const type = isInteger ? (isShort ? new Int32() : new Int64()) : new Utf8();
  const field = new Field(key, type, present.length < values.length);
  return {
    field,
    make(file, rows) {
      const value = values[file]!;
      if (value !== NULL && !isInteger) return repeatedText(value, rows);
      const item = value === NULL ? null : isShort ? Number(value) : BigInt(value);
      const [once] = vectorFromArray([item], type as Int32).data;
      return gatherColumn([once!], { sources: new Uint8Array(rows), rows: new Uint8Array(rows), length: rows });
    },
  };
}

function repeatedText(text: string, rows: number): Data {
  const bytes = Buffer.from(text);
  const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * bytes.length);
  const data = new Uint8Array(rows * bytes.length);
  for (let row = 0; row < rows; row++) data.set(bytes, row * bytes.length);
  return new Data(new Utf8(), 0, rows, 0, [offsets, data]);
}
