import { join } from 'node:path';
import { writeFile } from '../io/disk.js';
import type { Engine } from '../pipelines/elsewhere.js';
import type { PipelineMonitor } from '../pipelines/monitor.js';
import type { Part, Task } from './task.js';
import { type TaskCommand, taskProcess } from './taskProcess.js';
import { tasksEngine } from './tasksEngine.js';

export interface ProcessesOptions {
  /** Splits of a source, at most. */
  readonly tasks: number;
  /** Processes at once. */
  readonly processes: number;
  readonly command: TaskCommand;
}

/** A task whose process died is begun again, so often at most. */
const ATTEMPTS = 3;

/** Runs the tasks of pipelines as processes of this machine. */
export function processesEngine(options: ProcessesOptions): Engine {
  return tasksEngine(options.tasks, (...of) => runAll(options, ...of));
}

/** The lines of all tasks. A failure ends the others. */
async function runAll(
  { processes, command }: ProcessesOptions,
  tasks: readonly Task[],
  signal: AbortSignal,
  monitor: PipelineMonitor,
  notice: (line: string) => void,
): Promise<Part[]> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const parts: Part[] = [];
  const queue = tasks.values();
  const work = async (): Promise<void> => {
    for (const task of queue) {
      parts.push(await attempts(task, command, either, notice));
      monitor.done++;
    }
  };
  const workers = Array.from({ length: Math.min(processes, tasks.length) }, work);
  await Promise.all(workers.map((worker) => worker.catch((error: unknown) => stop.abort(error))));
  either.throwIfAborted();
  return parts;
}

/** @throws PipelineError of the task, if another attempt would end no better */
async function attempts(
  task: Task,
  command: TaskCommand,
  signal: AbortSignal,
  notice: (line: string) => void,
): Promise<Part> {
  const file = join(task.folder, `task-${String(task.task).padStart(5, '0')}.json`);
  await writeFile(file, JSON.stringify(task));
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    // A task that outlives a run that was killed must not have the name of one of the next.
    const ended = await taskProcess(command, file, `${process.pid}-${attempt}`, signal);
    if (!('error' in ended)) return ended;
    if (!ended.isRetryable || attempt >= ATTEMPTS) throw ended.error;
    notice(`task ${task.task} was begun again: ${ended.error.detail}`);
  }
}
