import { join } from 'node:path';
import { PipelineError } from '../errors.js';
import { readFile } from '../io/disk.js';
import { unreadable } from '../io/paths.js';
import { partFileFault } from './partFiles.js';
import { type Part, parsed, partSchema, type Task } from './task.js';

/**
 * The lines that tasks have left, each whole.
 * @throws PipelineError `missingInput`; `badConfiguration` naming the line that is none
 */
export async function readManifest(path: string): Promise<Part[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const lines = text.split('\n');
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : [partOf(line, `${path}:${i + 1}`)]));
}

function partOf(line: string, place: string): Part {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    const message = `${place}: expected a whole line of a task, got one that is cut off or damaged: take it out, and run the task again`;
    throw new PipelineError('badConfiguration', message);
  }
  return parsed(partSchema, value, place, 'the line of a task');
}

/**
 * The part of each task, in order. Of several attempts that have ended the first that is whole counts.
 *
 * @param place of the manifest, for messages
 * @throws PipelineError `missingInput` where a task has left none; `badData` where it has left none that is whole
 */
export async function partsOf(tasks: readonly Task[], lines: readonly Part[], place: string): Promise<Part[]> {
  const parts: Part[] = [];
  const missing: Task[] = [];
  for (const task of tasks) {
    const attempts = lines.filter((line) => line.stage === task.stage && line.task === task.task);
    if (attempts.length === 0) missing.push(task);
    else parts.push(await firstWhole(task, attempts));
  }
  if (missing.length === 0) return parts;
  const [{ pipeline, of }] = missing as [Task];
  const numbers = missing.slice(0, 10).map(({ task }) => task);
  const others = missing.length > 10 ? ` and ${missing.length - 10} more` : '';
  const message = `${place}: expected a line of each of ${of} tasks, found none of ${numbers.join(', ')}${others}: run these, and add their lines`;
  throw new PipelineError('missingInput', message, { place: { pipeline } });
}

async function firstWhole({ folder, pipeline }: Task, attempts: readonly Part[]): Promise<Part> {
  const faults: string[] = [];
  for (const part of attempts) {
    const fault = await faultOf(part, folder);
    if (fault === undefined) return part;
    faults.push(fault);
  }
  const message = `${faults[0]}: run task ${attempts[0]!.task} again as another attempt, and add its line`;
  throw new PipelineError('badData', message, { place: { pipeline } });
}

/** What of a part is not as its line says. */
async function faultOf(part: Part, folder: string): Promise<string | undefined> {
  for (const file of part.files) {
    const fault = await partFileFault(join(folder, part.folder), file);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
