import { join, resolve } from 'node:path';
import { writeTextAtomically } from '../io/atomicText.js';
import { planTasks, type PlannedStage, readTaskPlan } from '../tasks/taskPlan.js';
import { wholeNumber } from './arguments.js';
import { MOST_TASKS } from './engine.js';
import { exitCodes } from './exitCodes.js';
import { type PlanArguments, planOrReport } from './planArguments.js';
import { print } from './print.js';

export interface PlanTasksArguments extends Omit<PlanArguments, 'limit'> {
  readonly pipelines: readonly string[];
  /** As it was typed. */
  readonly splits: string;
  readonly limit: string | undefined;
  readonly json: boolean;
  /** Folder that gets the plan and its tasks. */
  readonly to: string | undefined;
}

/** `soapstream plan`. @returns the exit code */
export async function plan({ splits, limit, to, json, pipelines, ...args }: PlanTasksArguments): Promise<number> {
  const most = wholeNumber('--splits', splits, 1, MOST_TASKS);
  const rows = limit === undefined ? undefined : wholeNumber('--limit', limit, 1);
  const found = await planOrReport({ ...args, limit: rows });
  if (!found) return exitCodes.configuration;
  const byDefault = found.defaultPipelines.filter((name) => found.pipelines.has(name));
  const planned = await planTasks(found, pipelines.length > 0 ? pipelines : byDefault, most);
  if (to !== undefined) {
    const tasks = planned.stages.flatMap((stage) => stage.tasks);
    for (const [i, task] of tasks.entries()) {
      await writeTextAtomically(join(resolve(to), `task-${i}.json`), `${JSON.stringify(task, null, 2)}\n`);
    }
    const path = join(resolve(to), 'plan.json');
    await writeTextAtomically(path, `${JSON.stringify(planned)}\n`);
    await readTaskPlan(path); // told now, not when all tasks have run
  }
  print(json ? JSON.stringify(planned, null, 2) : planned.stages.flatMap(describe).join('\n'));
  return exitCodes.success;
}

function describe(stage: PlannedStage): string[] {
  const { pipeline, waitsFor, tasks } = stage;
  const count = `${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'}`;
  const when = waitsFor.length > 0 ? `waits for ${waitsFor.join(', ')}: plan it when that is committed` : count;
  return [`${pipeline}: ${when}`, ...placeLines(stage)];
}

/** Which steps run where, a line for each place. */
export function placeLines({ inTasks, atCommit, why }: Pick<PlannedStage, 'inTasks' | 'atCommit' | 'why'>): string[] {
  const reason = why === undefined ? '' : ` (${why})`;
  return [
    ...(inTasks.length > 0 ? [`  in tasks: ${inTasks.join(', ')}`] : []),
    ...(atCommit.length > 0 ? [`  at the commit: ${atCommit.join(', ')}${reason}`] : []),
  ];
}
