import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type ErrorCode, PipelineError } from '../errors.js';
import { type Part, partSchema } from './task.js';

/** What starts `soapstream task`: a program and its first arguments. */
export interface TaskCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Arguments that come last. */
  readonly options: readonly string[];
}

/** How an attempt has failed. */
export interface FailedAttempt {
  readonly error: PipelineError;
  /** Whether another one may end otherwise. */
  readonly isRetryable: boolean;
}

const errorLine = z.object({
  error: z.looseObject({ code: z.string(), detail: z.string(), isRetryable: z.boolean() }),
});

/**
 * Runs a task as a process of its own, which ends when this one does.
 * @returns the line of its part, or why there is none; `workerFailed` if its process died
 * @throws the reason of `signal`
 */
export async function taskProcess(
  { program, args, options }: TaskCommand,
  file: string,
  attempt: string,
  signal: AbortSignal,
): Promise<Part | FailedAttempt> {
  const child = spawn(program, [...args, 'task', file, '--attempt', attempt, ...options], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ended = new Promise<string>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, killed) => resolve(killed ?? `exit code ${code}`));
    });
    const [stdout, stderr, how] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
    signal.throwIfAborted();
    if (how === 'exit code 0') return partSchema.parse(JSON.parse(stdout));
    const detail = `its process ended by ${how}${said(stderr)}`;
    return failureOf(stderr) ?? { error: new PipelineError('workerFailed', detail), isRetryable: true };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** What the last line on its standard error tells, if that is one for programs. */
function failureOf(stderr: string): FailedAttempt | undefined {
  const last = stderr.trim().split('\n').at(-1)!;
  try {
    const { code, detail, message: _, isRetryable, ...place } = errorLine.parse(JSON.parse(last)).error;
    return { error: new PipelineError(code as ErrorCode, detail, { place }), isRetryable };
  } catch {
    return undefined;
  }
}

function said(stderr: string): string {
  const line = stderr.trim().split('\n')[0]!;
  return line === '' ? '' : `: ${line.slice(0, 200)}`;
}
