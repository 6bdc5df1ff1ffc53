import { join } from 'node:path';
import { writeFile } from '../io/disk.js';
import { begin, end } from '../io/leftovers.js';
import { makeDirectory } from '../io/makeDirectory.js';
import type { Elsewhere, Engine } from '../pipelines/elsewhere.js';
import type { PipelineMonitor } from '../pipelines/monitor.js';
import type { PipelinePlan, Plan } from '../pipelines/plan.js';
import { compileStage, removeTasks, tasksFolder } from './compileStage.js';
import { type DoneTasks, doneTasks } from './doneTasks.js';
import { partsOf } from './manifest.js';
import { type Stage, stageOf } from './stage.js';
import type { Part, Task } from './task.js';
import { type TaskCommand, taskProcess } from './taskProcess.js';

export interface ProcessesOptions {
  /** Splits of a source, at most. */
  readonly tasks: number;
  /** Processes at once. */
  readonly processes: number;
  readonly command: TaskCommand;
}

/** A task whose process died is begun again, so often at most. */
const ATTEMPTS = 3;

/** Runs the tasks of pipelines as processes of this machine, by the contract that any other scheduler keeps to. */
export function processesEngine(options: ProcessesOptions): Engine {
  return {
    async take(plan, pipeline) {
      const stage = stageOf(pipeline);
      return typeof stage === 'string' ? undefined : inProcesses(plan, pipeline, stage, options);
    },
  };
}

function inProcesses(plan: Plan, pipeline: PipelinePlan, stage: Stage, options: ProcessesOptions): Elsewhere {
  const root = tasksFolder(plan, pipeline.name);
  let done: DoneTasks | undefined;
  return {
    async run(signal, monitor) {
      begin(root);
      await removeTasks(plan, pipeline.name);
      const { tasks } = await compileStage(plan, pipeline, stage, options.tasks);
      const { folder } = tasks[0]!;
      await makeDirectory(folder);
      const begunAgain: string[] = [];
      const lines = await runAll(tasks, options, signal, monitor, (notice) => begunAgain.push(notice));
      const all = await doneTasks(pipeline, stage, folder, await partsOf(tasks, lines, folder));
      done = { ...all, notices: () => [...begunAgain, ...all.notices()] };
      return done;
    },
    async close(isDone) {
      if (!isDone) await done?.dispose();
      await removeTasks(plan, pipeline.name);
      end(root);
    },
  };
}

/** The lines of all tasks. A failure ends the others. */
async function runAll(
  tasks: readonly Task[],
  { processes, command }: ProcessesOptions,
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
  monitor.total = tasks.length;
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
