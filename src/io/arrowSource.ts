import type { RecordBatch } from 'apache-arrow';
import { z } from 'zod';
import { expectUniqueNames } from '../arrow/fields.js';
import { PipelineError } from '../errors.js';
import { type ArrowFile, readArrowFile, scanArrowFile } from './arrowFile.js';
import { openIpcStream } from '../arrow/ipcStream.js';
import type { Source, SourceDefinition } from './definition.js';
import { inputFiles, STANDARD_STREAM } from './paths.js';
import { evenRuns, type Range, rangeSchema, sumOf } from './splits.js';
import { type FileTable, joinFiles } from './tableFiles.js';

const arrowOptions = z.strictObject({
  path: z.string().min(1).describe('Arrow IPC file or stream, directory or glob of them; `-` is standard input.'),
});

export const arrowSource: SourceDefinition<typeof arrowOptions> = {
  name: 'arrow',
  summary: 'Reads an Arrow IPC file or stream, also from standard input.',
  description: `The first bytes tell files from streams. Batches come as they were written, one at a time in memory. A stream without its end
marker is an error, since whatever wrote it was stopped before it had finished. Buffers may be compressed by lz4 or zstd, and
numbers big-endian. Lists of floats to whose rows a whole number of values comes pass for vectors where an operator needs some. A directory stands for its files \`*.arrow\`, \`*.arrows\`, \`*.feather\` and \`*.ipc\` in the order of their paths; folders \`key=value\`
become columns.`,
  example: `source:
  arrow: { path: descriptors.arrow }`,
  options: arrowOptions,
  reads: ({ path }, context) => (path === STANDARD_STREAM ? [] : [context.resolvePath(path)]),
  async splits({ path }, context, { most, decodedRows }) {
    if (path === STANDARD_STREAM || decodedRows !== undefined) return [];
    const { files } = await openArrow(context.resolvePath(path));
    return evenRuns(files.flatMap(rowsOfBatches), most);
  },
  async open({ path }, context, split) {
    if (path === STANDARD_STREAM) return standardInput();
    const resolved = context.resolvePath(path);
    const table = await openArrow(resolved);
    expectUniqueNames(table.schema, resolved);
    if (split === undefined)
      return { schema: table.schema, total: table.rows, batches: (signal) => readArrow(table, signal) };
    const range = rangeSchema.parse(split);
    const rows = sumOf(table.files.flatMap(rowsOfBatches).slice(range.from, range.to));
    return { schema: table.schema, total: rows, batches: (signal) => readArrow(table, signal, range) };
  },
};

/** What the names of Arrow files end in. */
export const ARROW_ENDINGS: readonly string[] = ['.arrow', '.arrows', '.feather', '.ipc'];

/** Arrow files as one table. */
export interface ArrowTable extends FileTable {
  readonly files: readonly ArrowFile[];
  readonly rows: number;
}

/**
 * The file, or the files of a directory or glob.
 * @throws PipelineError `missingInput` if there are none; `badData` if one is not Arrow; `badSchema` if they differ
 */
export async function openArrow(path: string): Promise<ArrowTable> {
  const paths = await inputFiles(path, ARROW_ENDINGS);
  const files: ArrowFile[] = [];
  for (const file of paths) files.push(await scanArrowFile(file));
  const table = joinFiles(
    path,
    paths,
    files.map(({ schema }) => schema),
    undefined,
    (name) => sumOfEach(files.map(({ counts }) => counts.get(name) ?? [])),
  );
  return { ...table, files, rows: sumOf(files.map(({ rows }) => rows)) };
}

/** Of each batch. */
function rowsOfBatches({ blocks }: ArrowFile): number[] {
  return blocks.flatMap(({ rows }) => rows ?? []);
}

function sumOfEach(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0));
}

/**
 * The batches of these files in order.
 *
 * @param range of batches, counted through all files; all by default
 * @throws PipelineError `badData`
 */
export async function* readArrow(
  { files, adopt }: ArrowTable,
  signal: AbortSignal,
  { from, to }: Range = { from: 0, to: Infinity },
): AsyncGenerator<RecordBatch, void, undefined> {
  let before = 0;
  for (const [i, file] of files.entries()) {
    const count = rowsOfBatches(file).length;
    const within = { from: from - before, to: to - before };
    before += count;
    if (within.from >= count || within.to <= 0) continue;
    for await (const batch of readArrowFile(file, signal, within)) yield adopt(i, batch);
  }
}

async function standardInput(): Promise<Source> {
  const place = 'standard input';
  const { schema, batches } = await openIpcStream(process.stdin, place);
  expectUniqueNames(schema, place);
  let isRead = false;
  return {
    schema,
    async *batches(signal): AsyncGenerator<RecordBatch, void, undefined> {
      if (isRead) throw new PipelineError('badOption', `${place} can be read only once`);
      isRead = true;
      // A pipe may stay silent for ever: closing it ends the read that waits for it.
      signal.addEventListener('abort', closeStandardInput);
      try {
        for await (const batch of batches) {
          if (signal.aborted) return;
          yield batch;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', closeStandardInput);
      }
    },
  };
}

function closeStandardInput(): void {
  process.stdin.destroy();
}
