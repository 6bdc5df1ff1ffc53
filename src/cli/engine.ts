import { availableParallelism } from 'node:os';
import { PipelineError } from '../errors.js';
import type { Engine } from '../pipelines/elsewhere.js';
import { wholeNumber } from './arguments.js';

export type EngineName = 'local' | 'processes';

/** Whose splits the tasks are, as they were typed. */
export interface EngineArguments {
  readonly engine: EngineName;
  readonly tasks?: string | undefined;
}

/** @throws PipelineError `badOption` where there is no engine that has tasks, or for what is no number of them */
export function expectTasks({ engine, tasks }: EngineArguments): void {
  if (tasks === undefined) return;
  wholeNumber('--tasks', tasks, 1, MOST_TASKS);
  if (engine === 'local') throw new PipelineError('badOption', '--tasks: expected --engine processes too');
}

/** A plan of them is a file of some 20 MB. */
export const MOST_TASKS = 10_000;

/** Runs tasks as processes of this very program. @param workers processes at once; default one for each core */
export async function processesOf(
  { tasks, operators }: EngineArguments & { readonly operators: readonly string[] },
  workers = availableParallelism(),
): Promise<Engine> {
  const { processesEngine } = await import('../tasks/processes.js');
  return processesEngine({
    tasks: tasksOf(tasks),
    processes: Math.max(1, workers),
    command: {
      program: process.execPath,
      args: [...process.execArgv, process.argv[1]!],
      options: ['--workers', '0', ...operators.flatMap((path) => ['--operators', path])],
    },
  });
}

/** As many as there are cores, unless a number was typed. */
export function tasksOf(typed: string | undefined): number {
  return typed === undefined ? availableParallelism() : wholeNumber('--tasks', typed, 1, MOST_TASKS);
}
