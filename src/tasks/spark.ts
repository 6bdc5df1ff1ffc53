import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type ErrorCode, messageOf, PipelineError } from '../errors.js';
import type { Engine } from '../pipelines/elsewhere.js';
import { partSchema } from './task.js';
import { tasksEngine, type TaskRunner } from './tasksEngine.js';

export interface SparkOptions {
  /** Splits of a source, at most. */
  readonly tasks: number;
  readonly master: string;
  /** Node and this program, where executors have them; they look for their own where there are none. */
  readonly program: readonly string[];
  /** Arguments of each task that come last. */
  readonly options: readonly string[];
  /** With Node and the program, for executors that have neither. */
  readonly archive?: string;
  /** The Python that has pyspark. */
  readonly python: string;
  /** The folder of the package soapstream for Python. */
  readonly packages: string;
}

const answerSchema = z.union([
  z.strictObject({ progress: z.int() }),
  z.strictObject({ parts: z.array(partSchema) }),
  z.strictObject({ failed: z.looseObject({ code: z.string(), detail: z.string() }) }),
]);
type Answer = Readonly<z.output<typeof answerSchema>>;

/** What is kept of what Spark says. */
const SAID_CHARACTERS = 4096;

/** Runs the tasks of pipelines as jobs of Spark, by a driver in Python that lives until the engine is closed. */
export function sparkEngine(options: SparkOptions): Engine & { close(): Promise<void> } {
  let driver: SparkDriver | undefined;
  const run: TaskRunner = async (tasks, signal, monitor) => {
    driver ??= new SparkDriver(options);
    const stop = (): void => driver!.interrupt();
    signal.addEventListener('abort', stop, { once: true });
    try {
      driver.ask({ tasks });
      for (;;) {
        const answer = await driver.answer().finally(() => signal.throwIfAborted());
        if ('parts' in answer) {
          monitor.done = tasks.length;
          return answer.parts;
        }
        if ('failed' in answer) throw failureOf(answer.failed);
        monitor.done = answer.progress;
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
  return Object.assign(tasksEngine(options.tasks, run), {
    close: async () => driver?.close(),
  });
}

/** The process of Python. It ends when its standard input does. */
class SparkDriver {
  readonly #child;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<PipelineError>;
  #said = '';

  constructor({ master, program, options, archive, python, packages }: SparkOptions) {
    const { PYTHONPATH: path } = process.env;
    this.#child = spawn(python, ['-m', 'soapstream._spark_driver'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C is this process's to handle.
      detached: true,
      env: {
        ...process.env,
        PYSPARK_PYTHON: process.env['PYSPARK_PYTHON'] ?? python,
        PYTHONPATH: path ? `${packages}:${path}` : packages,
      },
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(unstarted(python, error)));
      this.#child.on('close', (code, killed) => resolve(this.#failure(`it ended by ${killed ?? `exit code ${code}`}`)));
    });
    this.#child.stdin.on('error', () => {}); // its end tells more
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#said = (this.#said + text.toString()).slice(-SAID_CHARACTERS);
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.ask({ master, program, options, ...(archive !== undefined && { archive }) });
  }

  ask(line: object): void {
    this.#child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  /** @throws PipelineError of its end, when there is none any more */
  async answer(): Promise<Answer> {
    const { done, value } = await this.#answers.next();
    if (done) throw await this.#ended;
    return answerSchema.parse(JSON.parse(value));
  }

  #failure(how: string): PipelineError {
    const last = this.#said.trim().split('\n').at(-1)!;
    return new PipelineError(
      'workerFailed',
      `${this.#child.spawnfile}, the driver of Spark: ${how}${last && `: ${last}`}`,
    );
  }

  /** Ends the job at hand, which is answered by `failed`, or by nothing any more. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}

function failureOf({ code, detail, ...place }: { readonly code: string; readonly detail: string }): PipelineError {
  return new PipelineError(code as ErrorCode, detail, { place });
}

function unstarted(python: string, error: NodeJS.ErrnoException): PipelineError {
  if (error.code !== 'ENOENT')
    return new PipelineError('workerFailed', `${python}: ${messageOf(error)}`, { cause: error });
  const message = `expected a Python that has pyspark, found no ${python}: name one by PYSPARK_DRIVER_PYTHON`;
  return new PipelineError('badOption', message);
}
