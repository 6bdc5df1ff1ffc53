import { isModulePath } from '../config/catalogue.js';
import { PipelineError } from '../errors.js';
import { whereItLeads } from '../io/whereItLeads.js';
import { watchRetries } from '../io/retries.js';
import { isBelow } from '../pipelines/places.js';
import { runTask } from '../tasks/runTask.js';
import { readTask, type Task } from '../tasks/task.js';
import { allowedOperators } from './allowedOperators.js';
import { wholeNumber } from './arguments.js';
import { tellError } from './errorLine.js';
import { exitCodes } from './exitCodes.js';
import { interruptible } from './interrupts.js';
import { PROGRESS_MS, SegmentReport } from './segmentReport.js';
import { soapstreamVersion } from '../version.js';

export interface TaskArguments {
  /** The file. */
  readonly task: string;
  readonly attempt: string;
  /** As it was typed. */
  readonly workers: string;
  /** File, or number of a descriptor, that hears each second that the task is alive. */
  readonly report: string | undefined;
  readonly operators: readonly string[];
}

/** `soapstream task`: a line for the manifest on standard output. @returns the exit code */
export async function task({ task: file, attempt, workers, report: to, operators }: TaskArguments): Promise<number> {
  const report = new SegmentReport(to);
  const news = setInterval(() => report.write('progress', { seconds: Math.round(process.uptime()) }), PROGRESS_MS);
  try {
    report.write('hello', { soapstream: soapstreamVersion(), node: process.version });
    const threads = wholeNumber('--workers', workers);
    const found = await readTask(file);
    expectAllowed(found, await allowedOperators(operators));
    const part = await interruptible(async (signal) => {
      const endWatch = watchRetries({ signal });
      try {
        return await runTask(found, { attempt, workers: threads, signal: AbortSignal.any([signal, parentGone()]) });
      } finally {
        endWatch();
      }
    });
    process.stdout.write(`${JSON.stringify(part)}\n`);
    return exitCodes.success;
  } catch (error) {
    return tellError(error);
  } finally {
    clearInterval(news);
    await report.close().catch(() => {}); // nobody listens any more: the part is there all the same
    if (process.connected) process.disconnect();
  }
}

/** Whoever has started the task as a process of its own may die. */
function parentGone(): AbortSignal {
  const gone = new AbortController();
  process.once('disconnect', () => gone.abort(new PipelineError('interrupted', 'whoever started the task has gone')));
  return gone.signal;
}

/** A task alone cannot have code loaded, as no pipeline file can. @throws PipelineError `badOption` */
function expectAllowed({ pipeline, steps }: Task, allowed: readonly string[]): void {
  const places = allowed.map((path) => whereItLeads(path));
  for (const { id, operator } of steps) {
    const place = whereItLeads(operator);
    if (!isModulePath(operator) || places.some((path) => path === place || isBelow(place, path))) continue;
    const message = `is code, which a task alone cannot have loaded: allow it by --operators ${operator}`;
    throw new PipelineError('badOption', message, { place: { pipeline, step: id } });
  }
}
