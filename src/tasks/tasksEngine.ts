import { begin, end } from '../io/leftovers.js';
import { makeDirectory } from '../io/makeDirectory.js';
import type { Elsewhere, Engine } from '../pipelines/elsewhere.js';
import type { PipelineMonitor } from '../pipelines/monitor.js';
import type { PipelinePlan, Plan } from '../pipelines/plan.js';
import { compileStage, expectInputsOf, removeTasks, tasksFolder } from './compileStage.js';
import { type DoneTasks, doneTasks } from './doneTasks.js';
import { partsOf } from './manifest.js';
import { type Stage, stageOf } from './stage.js';
import type { Part, Task } from './task.js';

/** Runs tasks somewhere, each until it has left its part: their lines. What is to be told at the end of the run goes to `notice`. */
export type TaskRunner = (
  tasks: readonly Task[],
  signal: AbortSignal,
  monitor: PipelineMonitor,
  notice: (line: string) => void,
) => Promise<Part[]>;

/** Runs pipelines by tasks, by the contract that any other scheduler keeps to. @param most splits of a source */
export function tasksEngine(most: number, runner: TaskRunner): Engine {
  return {
    async take(plan, pipeline) {
      const stage = stageOf(pipeline);
      return typeof stage === 'string' ? undefined : inTasks(plan, pipeline, stage, most, runner);
    },
  };
}

function inTasks(plan: Plan, pipeline: PipelinePlan, stage: Stage, most: number, runner: TaskRunner): Elsewhere {
  const root = tasksFolder(plan, pipeline.name);
  let done: DoneTasks | undefined;
  return {
    async run(signal, monitor) {
      begin(root);
      await removeTasks(plan, pipeline.name);
      const { tasks, inputs } = await compileStage(plan, pipeline, stage, most);
      const { folder } = tasks[0]!;
      await makeDirectory(folder);
      monitor.total = tasks.length;
      const begunAgain: string[] = [];
      const lines = await runner(tasks, signal, monitor, (notice) => begunAgain.push(notice));
      await expectInputsOf(plan, pipeline, inputs); // tasks may have read different ones
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
