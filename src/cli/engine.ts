import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { PipelineError } from '../errors.js';
import type { Engine } from '../pipelines/elsewhere.js';
import { packageFolder } from '../version.js';
import { allowedOperators } from './allowedOperators.js';
import { wholeNumber } from './arguments.js';

export type EngineName = 'local' | 'processes' | 'spark';

/** Whose splits the tasks are, as they were typed. */
export interface EngineArguments {
  readonly engine: EngineName;
  readonly tasks?: string | undefined;
}

export interface RunEngineArguments extends EngineArguments {
  readonly operators: readonly string[];
  readonly master?: string | undefined;
  readonly archive?: string | undefined;
}

/** @throws PipelineError `badOption` where there is no engine that has tasks, or for what is no number of them */
export function expectTasks({ engine, tasks }: EngineArguments): void {
  if (tasks === undefined) return;
  wholeNumber('--tasks', tasks, 1, MOST_TASKS);
  if (engine === 'local') throw new PipelineError('badOption', '--tasks: expected --engine processes or spark, too');
}

/** @throws PipelineError `badOption` for what another engine needs, or what this one lacks */
export function expectEngine({ engine, tasks, master, archive }: RunEngineArguments): void {
  expectTasks({ engine, tasks });
  if (engine !== 'spark') {
    const odd = Object.entries({ master, archive }).find(([, value]) => value !== undefined)?.[0];
    if (odd !== undefined) throw new PipelineError('badOption', `--${odd}: expected --engine spark, too`);
    return;
  }
  if (master === undefined || master === '')
    throw new PipelineError('badOption', '--engine spark: expected --master, such as spark://host:7077 or local[2]');
  if (tasks === undefined)
    throw new PipelineError('badOption', '--engine spark: expected --tasks, each half a minute of work or more');
}

/** A plan of them is a file of some 20 MB. */
export const MOST_TASKS = 10_000;

/** Who runs the tasks; undefined where there are none. @param workers processes at once; default one for each core */
export async function engineOf(
  args: RunEngineArguments,
  workers = availableParallelism(),
): Promise<(Engine & { close?(): Promise<void> }) | undefined> {
  const { engine, tasks, operators } = args;
  const allowed = await allowedOperators(operators); // tasks may run in another folder
  const options = ['--workers', '0', ...allowed.flatMap((path) => ['--operators', path])];
  const program = process.argv[1]!;
  if (engine === 'processes') {
    const { processesEngine } = await import('../tasks/processes.js');
    return processesEngine({
      tasks: tasksOf(tasks),
      processes: Math.max(1, workers),
      command: { program: process.execPath, args: [...process.execArgv, program], options },
    });
  }
  if (engine === 'local') return undefined;
  const { sparkEngine } = await import('../tasks/spark.js');
  const { PYSPARK_DRIVER_PYTHON, PYSPARK_PYTHON } = process.env;
  return sparkEngine({
    tasks: tasksOf(tasks),
    master: args.master!,
    program: [process.execPath, realpathSync(program)],
    options,
    ...(args.archive !== undefined && { archive: resolve(args.archive) }),
    python: PYSPARK_DRIVER_PYTHON ?? PYSPARK_PYTHON ?? 'python3',
    packages: join(packageFolder(), 'python', 'src'),
  });
}

/** As many as there are cores, unless a number was typed. */
export function tasksOf(typed: string | undefined): number {
  return typed === undefined ? availableParallelism() : wholeNumber('--tasks', typed, 1, MOST_TASKS);
}
