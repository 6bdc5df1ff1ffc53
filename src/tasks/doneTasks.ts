import { copyFile, link } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { plainRows } from '../arrow/plainValue.js';
import { expectEqualSchema } from '../arrow/schemaDifference.js';
import { PipelineError } from '../errors.js';
import { readArrowFile, scanArrowFile } from '../io/arrowFile.js';
import { claimPartial } from '../io/atomic.js';
import type { WrittenPart } from '../io/definition.js';
import { mkdir, readFile, rm } from '../io/disk.js';
import { end } from '../io/leftovers.js';
import { sumOf } from '../io/splits.js';
import { whereItLeads } from '../io/whereItLeads.js';
import type { DoneSteps } from '../pipelines/elsewhere.js';
import type { DoneElsewhere } from '../pipelines/monitor.js';
import type { PipelinePlan, SinkPlan } from '../pipelines/plan.js';
import type { DeadLetter } from '../segment/deadLetter.js';
import type { Stage } from './stage.js';
import { PART_FILES, sinkFolder } from './partFiles.js';
import type { Part } from './task.js';

/** What all tasks of a stage have done together, until it is disposed of. */
export interface DoneTasks extends DoneSteps {
  /** Removes what has been gathered for sinks, unless it has got its name. */
  dispose(): Promise<void>;
}

/**
 * Puts the parts of a stage together.
 *
 * @param folder where they are
 * @param parts one of each task, in order
 */
export async function doneTasks(
  { sinks }: PipelinePlan,
  { steps, isWhole, carrying }: Stage,
  folder: string,
  parts: readonly Part[],
): Promise<DoneTasks> {
  const signal = new AbortController().signal;
  const schema = commonSchema(parts, folder);
  const placeOf = (part: Part, file: string): string => join(folder, part.folder, file);
  const has = (part: Part, file: string): boolean => part.files.some(({ path }) => path === file);
  const counts = Array.from({ length: 1 + steps.length }, (_, i) => sumOfCounts(parts.map((part) => part.counts[i]!)));
  const arrived = carrying && sumOfCounts(parts.map((part) => part.counts[1 + steps.length]!));
  const written: WrittenPart[] = [];
  const dispose = async (): Promise<void> => {
    for (const { partial } of written) {
      await rm(partial, { recursive: true, force: true });
      end(partial);
    }
  };
  try {
    for (const [i, sink] of sinks.entries()) if (isWhole) written.push(await gathered(sink, i, folder, parts));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    schema,
    counts,
    ...(arrived && { arrived: { batchesIn: arrived.batchesIn, rowsIn: arrived.rowsIn } }),
    ...(isWhole && { written }),
    notices: () =>
      parts.flatMap(({ notices, task }) => notices.map((line) => (parts.length > 1 ? `task ${task}: ${line}` : line))),
    async *parts(step) {
      const { id } = steps[step]!;
      for (const part of parts) {
        if (!has(part, PART_FILES.figures)) continue;
        const figures = deserialize(await readFile(placeOf(part, PART_FILES.figures))) as Map<string, unknown[]>;
        yield* figures.get(id) ?? [];
      }
    },
    async *letters() {
      const before = new Map<string, number>();
      for (const part of parts) {
        if (!has(part, PART_FILES.letters)) continue;
        const rows = readArrowFile(await scanArrowFile(placeOf(part, PART_FILES.letters)), signal);
        for await (const batch of rows) yield lettersOf(batch, before);
        for (const [i, { id }] of steps.entries())
          before.set(id, (before.get(id) ?? 0) + part.counts[1 + i]!.batchesIn);
      }
    },
    async *batches(given) {
      if (isWhole) return;
      for (const part of parts) {
        const file = await scanArrowFile(placeOf(part, PART_FILES.rows));
        const [{ rows }] = part.written as [Part['written'][number]];
        if (file.rows !== rows)
          throw new PipelineError('badData', `${file.path}: expected ${rows} rows, found ${file.rows}`);
        yield* readArrowFile(file, given);
      }
    },
    dispose,
  };
}

/** The files of a sink, as one that goes on behind them finds its own. They stay where they are, too, until all is done. */
async function gathered(
  { definition, options, writes }: SinkPlan,
  index: number,
  folder: string,
  parts: readonly Part[],
): Promise<WrittenPart> {
  const nameOf = definition.fileNames!(options)!;
  const ofSink = parts.map((part) => ({ part, ...part.written[index]! }));
  const withRows = ofSink.filter(({ rows }) => rows > 0);
  const used = withRows.length > 0 ? withRows : ofSink.slice(0, 1);
  const count = sumOf(used.map(({ part }) => filesOf(part, index).length));
  if (count > MOST_FILES) {
    const message = `${writes}: expected at most ${MOST_FILES} files, whose names are in their order, got ${count}: take fewer tasks, or more rowsPerFile`;
    throw new PipelineError('badOption', message);
  }
  const partial = await claimPartial(whereItLeads(writes), async (path) => {
    await mkdir(path);
  });
  let files = 0;
  for (const { part } of used) {
    for (const { path } of filesOf(part, index))
      await linkOrCopy(join(folder, part.folder, path), join(partial, nameOf(files++)));
  }
  const total = { rows: sumOf(used.map(({ rows }) => rows)), bytes: sumOf(used.map(({ bytes }) => bytes)) };
  return { partial, files, ...total };
}

const MOST_FILES = 100_000;

function filesOf({ files }: Part, sink: number): Part['files'] {
  return files.filter(({ path }) => path.startsWith(`${sinkFolder(sink)}/`));
}

/** The same bytes under another name, or a copy where the disk is another one. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

function sumOfCounts(all: readonly DoneElsewhere[]): DoneElsewhere {
  const sum = (key: keyof DoneElsewhere): number => sumOf(all.map((each) => each[key]));
  return {
    batchesIn: sum('batchesIn'),
    batchesOut: sum('batchesOut'),
    rowsIn: sum('rowsIn'),
    rowsOut: sum('rowsOut'),
    busyMs: sum('busyMs'),
  };
}

/** @throws PipelineError `badSchema` where parts differ */
function commonSchema(parts: readonly Part[], folder: string): Schema {
  const schemas = parts.map(({ schema }) => RecordBatchReader.from(Buffer.from(schema, 'base64')).open().schema);
  for (const [i, schema] of schemas.entries())
    expectEqualSchema(`${folder}: task ${parts[i]!.task}`, schemas[0]!, schema);
  return schemas[0]!;
}

/** Rows of a batch that have failed, of one step. @param before of each step how many batches had come to it in the tasks before */
function lettersOf(
  batch: RecordBatch,
  before: ReadonlyMap<string, number>,
): { readonly step: string; readonly letters: readonly DeadLetter[] } {
  const letters = plainRows(batch).map((row) => {
    const known = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
    const { pipeline: _, step, ...letter } = known as unknown as DeadLetter & { pipeline: string; step: string };
    const index = letter.batch === undefined ? {} : { batch: letter.batch + (before.get(step) ?? 0) };
    return { step, letter: { ...letter, ...index } };
  });
  return { step: letters[0]!.step, letters: letters.map(({ letter }) => letter) };
}
