import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { arrowSource } from '#dist/io/arrowSource.js';
import { ioContext } from '#dist/io/paths.js';
import { plainValue, type PlainValue } from '#dist/arrow/plainValue.js';
import { collect, unaborted } from './samples.js';

/** A file of another program, see test/data/files.py. */
export function foreignFile(name: string): string {
  return join(import.meta.dirname, '../data/files', name);
}

/** All rows of an Arrow file, as plain values by the names of columns. */
export async function arrowRows(path: string): Promise<Record<string, PlainValue>[]> {
  const source = await arrowSource.open({ path }, ioContext('.'));
  return plainRows(await collect(source.batches(unaborted())));
}

export function plainRows(batches: readonly RecordBatch[]): Record<string, PlainValue>[] {
  return batches.flatMap(({ schema, data, numRows }) =>
    Array.from({ length: numRows }, (_, row) =>
      Object.fromEntries(schema.fields.map(({ name }, i) => [name, plainValue(data.children[i]!, row)])),
    ),
  );
}
