import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { PipelineError } from '#dist/errors.js';
import { ioContext } from '#dist/io/paths.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import type { Plan } from '#dist/pipelines/plan.js';
import type { PipelineReport } from '#dist/pipelines/runPipeline.js';
import { commitTasks } from '#dist/tasks/commit.js';
import { runTask } from '#dist/tasks/runTask.js';
import type { Part, Task } from '#dist/tasks/task.js';
import { planTasks, type TaskPlan } from '#dist/tasks/taskPlan.js';
import { plainRows, type PlainRow } from './plainRows.js';

/** Plans a pipeline file that is a text. */
export async function planned(text: string, folder: string, out: string, limit?: number): Promise<Plan> {
  const { plan, diagnostics } = await planOf(text, join(folder, 'p.yaml'), {
    outDirectory: join(folder, out),
    limit,
    environment: {},
  });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

/** One attempt at a task. */
export function attempt(task: Task, name = '1'): Promise<Part> {
  return runTask(task, { attempt: name, workers: 0, signal: new AbortController().signal });
}

/** A plan of tasks in a folder of its own, with the manifest that they leave. */
export class TaskJob {
  readonly folder: string;
  readonly plan: Plan;
  readonly tasks: TaskPlan;

  private constructor(folder: string, plan: Plan, tasks: TaskPlan) {
    this.folder = folder;
    this.plan = plan;
    this.tasks = tasks;
  }

  static async of(plan: Plan, names: readonly string[], splits: number): Promise<TaskJob> {
    const folder = join(plan.baseDirectory, `job-${names.join('-')}-${splits}`);
    mkdirSync(folder, { recursive: true });
    const tasks = await planTasks(plan, names, splits);
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(tasks));
    writeFileSync(join(folder, 'manifest.jsonl'), '');
    return new TaskJob(folder, plan, tasks);
  }

  get all(): readonly Task[] {
    return this.tasks.stages.flatMap(({ tasks }) => tasks);
  }

  add(part: Part): void {
    appendFileSync(join(this.folder, 'manifest.jsonl'), `${JSON.stringify(part)}\n`);
  }

  /** Runs all tasks, the last one first. */
  async runAll(): Promise<Part[]> {
    const parts: Part[] = [];
    for (const task of this.all.toReversed()) parts.push(await attempt(task));
    for (const part of parts) this.add(part);
    return parts;
  }

  async commit(plan = this.plan): Promise<readonly PipelineReport[]> {
    const paths = { plan: join(this.folder, 'plan.json'), manifest: join(this.folder, 'manifest.jsonl') };
    const committed = await commitTasks(paths, () => Promise.resolve(plan), { workers: 0 });
    return committed!.reports;
  }
}

/** Runs pipelines by plan, tasks and commit, one after the other. */
export async function runInTasks(plan: Plan, names: readonly string[], splits: number): Promise<PipelineReport[]> {
  const reports: PipelineReport[] = [];
  for (const name of names) {
    const job = await TaskJob.of(plan, [name], splits);
    await job.runAll();
    reports.push(...(await job.commit()));
  }
  return reports;
}

/** Every file below a folder, hidden ones too, with its bytes; but for the records of runs, which have times. */
export function outputsIn(root: string): Map<string, Buffer> {
  const entries = existsSync(root) ? readdirSync(root, { recursive: true, withFileTypes: true }) : [];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const named = files.map((file) => [relative(root, file).replaceAll('\\', '/'), readFileSync(file)] as const);
  return new Map(named.filter(([name]) => !name.startsWith('runs/')).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the record of a run says, but for times. */
export function recordIn(root: string, name: string): unknown {
  const text = readFileSync(join(root, 'runs', `${name}.json`), 'utf8');
  return JSON.parse(text, (key, value: unknown) =>
    ['started', 'seconds', 'busySeconds', 'modified'].includes(key) ? undefined : value,
  );
}

/** The rows of a Parquet file, or of a folder of them. */
export async function parquetRows(path: string): Promise<PlainRow[]> {
  const source = await parquetSource.open(parquetSource.options.parse({ path }), ioContext('.'));
  const batches: RecordBatch[] = [];
  for await (const batch of source.batches(new AbortController().signal)) batches.push(batch);
  return plainRows(batches);
}

/** The message of the error that work ends in. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (each: unknown) => each,
  );
  if (!(error instanceof PipelineError)) throw new Error(`expected a PipelineError, got ${String(error)}`);
  return error.message;
}

/** Writes molecules as XYZ. Every seventh has an element that nobody declares. */
export function writeMolecules(path: string, count: number): void {
  const molecule = (number: number): string => {
    const atoms = Array.from({ length: 3 + (number % 5) }, (_, i) => {
      const element = number % 7 === 3 && i === 1 ? 'Xx' : ['H', 'C', 'N', 'O'][(number + i) % 4];
      return [element, ...[0, 1, 2].map((axis) => (2 * Math.sin(3 * number + 5 * i + axis)).toFixed(4))].join(' ');
    });
    return [atoms.length, 'Properties=species:S:1:pos:R:3', ...atoms, ''].join('\n');
  };
  writeFileSync(path, Array.from({ length: count }, (_, i) => molecule(i)).join(''));
}
