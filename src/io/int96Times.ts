/**
 * Times as Impala, Hive and older Sparks store them: a day and the nanoseconds of it in 96 bits. parquet-wasm gives them as nanoseconds
 * since 1970 in 64 bits, which end in the years 1677 and 2262, and lets what lies beyond wrap around. So another reader looks at them.
 */
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  type ParquetReadOptions,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { messageOf, PipelineError } from '../errors.js';

/** The columns of a file with such times, at any depth. */
export interface Int96Times {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly columns: readonly string[];
}

/**
 * @param columns those that may have such times, by their types in Arrow
 * @throws PipelineError `badData` if the footer cannot be read
 */
export async function findInt96Times(path: string, blob: Blob, columns: readonly string[]): Promise<Int96Times> {
  const file: AsyncBuffer = {
    byteLength: blob.size,
    slice: (start, end) => blob.slice(start, end).arrayBuffer(),
  };
  const metadata = await reading(path, () => parquetMetadataAsync(file));
  const { children } = parquetSchema(metadata);
  const found = children.filter((child) => columns.includes(child.element.name) && hasInt96(child));
  return { file, metadata, columns: found.map(({ element }) => element.name) };
}

function hasInt96({ element, children }: SchemaTree): boolean {
  return element.type === 'INT96' || children.some(hasInt96);
}

/**
 * Looks at the times of these rows.
 * @throws PipelineError `badData` naming column and row of one that 64 bits cannot hold
 */
export async function expectTimesInRange(
  path: string,
  { file, metadata, columns }: Int96Times,
  rowStart: number,
  rowEnd: number,
): Promise<void> {
  for (const column of columns) {
    let first: { readonly row: number; readonly year: number } | undefined;
    const look: ParquetReadOptions = {
      file,
      metadata,
      compressors,
      columns: [column],
      rowStart,
      rowEnd,
      parsers: { timestampFromNanoseconds: beyond },
      onChunk(chunk) {
        for (let i = 0; i < chunk.columnData.length && !first; i++) {
          const found = beyondIn(chunk.columnData[i]);
          if (found) first = { row: chunk.rowStart + i, year: found.year };
        }
      },
    };
    await reading(`${path}: column ${column}`, () => parquetRead(look));
    if (!first) continue;
    throw new PipelineError(
      'badData',
      `${path}: column ${column}, row ${first.row}: expected a time between the years 1677 and 2262, found one in the year ${first.year}; \`columns\` can leave the column out`,
    );
  }
}

/** What hyparquet cannot read is told with its place. */
async function reading<T>(place: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    throw new PipelineError('badData', `${place}: its int96 times cannot be checked: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

const NANOSECONDS_OF_DAY = 86_400_000_000_000n;
const DAYS_OF_YEAR = 365.2425;

/** A time that 64 bits cannot hold. */
class Beyond {
  readonly year: number;

  constructor(nanoseconds: bigint) {
    this.year = Math.floor(1970 + Number(nanoseconds / NANOSECONDS_OF_DAY) / DAYS_OF_YEAR);
  }
}

function beyond(nanoseconds: bigint): Beyond | undefined {
  return BigInt.asIntN(64, nanoseconds) === nanoseconds ? undefined : new Beyond(nanoseconds);
}

/** The first in a value of a column: of a list, a structure, a map. */
function beyondIn(value: unknown): Beyond | undefined {
  if (value instanceof Beyond) return value;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  for (const inner of Object.values(value)) {
    const found = beyondIn(inner);
    if (found) return found;
  }
  return undefined;
}
