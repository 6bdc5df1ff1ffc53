import type { RecordBatch } from 'apache-arrow';
import { z } from 'zod';
import { expectUniqueNames } from '../arrow/fields.js';
import { PipelineError } from '../errors.js';
import { type ArrowFile, readArrowFile, scanArrowFile } from './arrowFile.js';
import { openIpcStream } from '../arrow/ipcStream.js';
import type { Source, SourceDefinition } from './definition.js';
import { inputFiles, STANDARD_STREAM } from './paths.js';
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
  async open({ path }, context) {
    if (path === STANDARD_STREAM) return standardInput();
    const resolved = context.resolvePath(path);
    const table = await openArrow(resolved);
    expectUniqueNames(table.schema, resolved);
    return { schema: table.schema, total: table.rows, batches: (signal) => readArrow(table, signal) };
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
  return { ...table, files, rows: files.reduce((sum, { rows }) => sum + rows, 0) };
}

function sumOfEach(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0));
}

/**
 * The batches of these files in order.
 * @throws PipelineError `badData`
 */
export async function* readArrow(
  { files, adopt }: ArrowTable,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch, void, undefined> {
  for (const [i, file] of files.entries()) {
    for await (const batch of readArrowFile(file, signal)) yield adopt(i, batch);
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
