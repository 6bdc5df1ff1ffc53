import { type GraphFormat, renderGraph } from '../pipelines/graph.js';
import { type Places, placesIn } from '../tasks/places.js';
import { type EngineArguments, expectTasks, tasksOf } from './engine.js';
import { exitCodes } from './exitCodes.js';
import { type PlanArguments, planOrReport } from './planArguments.js';
import { print } from './print.js';

export interface GraphArguments extends PlanArguments, EngineArguments {
  readonly format: GraphFormat;
}

/** `soapstream graph`. @returns the exit code */
export async function graph({ format, engine, tasks, ...args }: GraphArguments): Promise<number> {
  expectTasks({ engine, tasks });
  const plan = await planOrReport(args);
  if (!plan) return exitCodes.configuration;
  const places = engine === 'local' ? [] : await placesIn(plan, tasksOf(tasks));
  print(renderGraph(plan, format, new Map(places.map((each) => [each.pipeline, placeOfSteps(each)]))).trimEnd());
  return exitCodes.success;
}

/** Of the source, then of each step. A sample, which runs in both places, is drawn where it ends. */
function placeOfSteps({ tasks, inTasks, atCommit }: Places): string[] {
  if (tasks === 0) return ['', ...atCommit].map(() => COMMIT);
  const count = tasks === null ? 'tasks' : `${tasks} ${tasks === 1 ? 'task' : 'tasks'}`;
  const both = inTasks.filter((id) => atCommit.includes(id)).length;
  return ['', ...inTasks.slice(0, inTasks.length - both)].map(() => count).concat(atCommit.map(() => COMMIT));
}

const COMMIT = 'at the commit';
