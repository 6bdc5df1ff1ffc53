import { type ErrorCode, PipelineError } from '../errors.js';
import { HandedOver, type Offer } from './peer.js';
import { TaskResults } from './taskResults.js';
import { Thread, type ThreadOptions } from './thread.js';

/** Bytes of results that a task may have sent, and nobody have taken, unless told: then it waits. */
export const UNREAD_BYTES = 64 * 2 ** 20;

/** What the module of a pool's threads serves. */
export interface TaskOffer<Answer> extends Offer {
  /** Ends when all results have been sent, each by a call of `result`. */
  readonly run: (task: Task) => Promise<Answer>;
}

/** What such a module may call. */
export interface TaskCallerOffer extends Offer {
  /** Gives away a piece of the task's results. Answers when there is room for more, with memory for them. */
  readonly result: (piece: Uint8Array<ArrayBuffer>) => Promise<HandedOver<readonly ArrayBuffer[]>>;
  /** Shows what somebody looks at meanwhile. */
  readonly shown: (seen: Shown) => void;
}

/** A look at a task under way. */
export interface Shown {
  readonly what: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Task {
  readonly payload: Uint8Array<ArrayBuffer>;
  /** Bytes of results that it may have sent without an answer: then it waits. */
  readonly unreadBytes: number;
  /** What is to be shown of it. */
  readonly shows: readonly number[];
  /** Memory for its results, if it wants it. */
  readonly spares: readonly ArrayBuffer[];
}

/** Buffers of earlier results that are no longer used. */
export interface Spares {
  /** Gives up to so many of them away. */
  takeSome(count: number): ArrayBuffer[];
}

/** Looks after the tasks of one thread. */
export interface TaskWatch {
  /** Goes to the thread, beside the data of all. */
  readonly workerData: object;
  /** Why the task at hand has to end, if it has. Asked every now and then. */
  readonly overdue: () => PipelineError | undefined;
}

/**
 * Buffers that a task gets when it starts: one to fill while another is on its way. To the engine more would look like growing memory, which
 * starts collections of the heap.
 */
const FIRST_SPARES = 2;

/** From one look at a task to the next (ms). */
const WATCH_MS = 50;

/** What a thread dies of. */
const ENDS_THREAD: ReadonlySet<ErrorCode> = new Set(['workerFailed', 'outOfMemory']);

const NO_SPARES: Spares = { takeSome: () => [] };

interface PendingTask<Answer> {
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly spares: Spares;
  readonly shows: readonly number[];
  readonly results: TaskResults<Answer>;
}

/**
 * Threads that share out tasks of bytes in, results of bytes out, each in a buffer of its own. Buffers are transferred, not
 * copied. Threads start with the first task. A thread that dies fails the pool: all tasks, now and later, reject with `workerFailed`.
 */
export class ThreadPool<Answer> {
  readonly #size: number;
  readonly #newMember: () => Member<Answer>;
  /** Of a task there may be as many on their way as have arrived. */
  readonly #unreadBytes: number;
  readonly #members: Member<Answer>[] = [];
  readonly #waiting: PendingTask<Answer>[] = [];
  #busyMs = 0;
  #failure: PipelineError | undefined;

  /**
   * @param set.url of a module that serves a `TaskOffer`
   * @param set.unreadBytes of results that a task may have sent, and nobody have taken
   * @param set.heapBytes bound of the JavaScript heap of a thread
   * @param set.shown gets what tasks show
   * @param set.watch makes who looks after a thread, if anybody does: a task that is overdue fails, and its thread is ended
   */
  constructor(set: {
    url: URL;
    workerData: unknown;
    size: number;
    unreadBytes?: number;
    heapBytes?: number | undefined;
    shown?: (seen: Shown) => void;
    watch?: () => TaskWatch;
  }) {
    const { url, workerData, size, unreadBytes = UNREAD_BYTES, heapBytes, shown = () => {}, watch } = set;
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`workers: expected an integer ≥ 1, got ${size}`);
    this.#size = size;
    this.#unreadBytes = unreadBytes / 2;
    this.#newMember = () => new Member(url, { workerData, heapBytes }, this.#unreadBytes, shown, watch?.());
  }

  /** Time that the threads have been at work, all together. */
  get busyMs(): number {
    return this.#busyMs;
  }

  /**
   * The results of one task, once they are all there, or so many that it waits for them to be taken. The payload's buffer is given
   * away.
   *
   * @param spares for the memory of its results: `FIRST_SPARES` when it starts, and one for each result
   * @param shows what is to be shown of it, see `set.shown`
   */
  async run(
    payload: Uint8Array<ArrayBuffer>,
    spares = NO_SPARES,
    shows: readonly number[] = [],
  ): Promise<TaskResults<Answer>> {
    if (this.#failure) throw this.#failure;
    const results = new TaskResults<Answer>(this.#unreadBytes);
    this.#waiting.push({ payload, spares, shows, results });
    this.#dispatch();
    await results.ready;
    return results;
  }

  /** Stops the threads; tasks that have no answer yet reject. */
  async close(): Promise<void> {
    this.#fail(new PipelineError('interrupted', 'the worker pool was closed'));
    await Promise.all(this.#members.map((member) => member.terminate()));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const member = this.#members.find(({ isIdle }) => isIdle) ?? this.#grow();
      if (!member) return;
      void this.#runOn(member, this.#waiting.shift()!);
    }
  }

  #grow(): Member<Answer> | undefined {
    if (this.#members.length === this.#size) return undefined;
    const member = this.#newMember();
    this.#members.push(member);
    return member;
  }

  async #runOn(member: Member<Answer>, task: PendingTask<Answer>): Promise<void> {
    const started = performance.now();
    try {
      task.results.end(await member.run(task));
    } catch (error) {
      task.results.fail(error);
      if (error instanceof PipelineError && ENDS_THREAD.has(error.code)) this.#fail(error);
    }
    this.#busyMs += performance.now() - started;
    this.#dispatch();
  }

  #fail(failure: PipelineError): void {
    this.#failure ??= failure;
    for (const { results } of this.#waiting.splice(0)) results.fail(this.#failure);
    for (const member of this.#members) member.fail(this.#failure);
  }
}

/** A thread of the pool, and the task that it is at. */
class Member<Answer> {
  readonly #thread: Thread<TaskOffer<Answer>>;
  readonly #watch: TaskWatch | undefined;
  readonly #unreadBytes: number;
  #task: PendingTask<Answer> | undefined;

  constructor(
    url: URL,
    options: ThreadOptions,
    unreadBytes: number,
    shown: (seen: Shown) => void,
    watch: TaskWatch | undefined,
  ) {
    const offered: TaskCallerOffer = { result: (piece) => this.#take(piece), shown };
    this.#watch = watch;
    this.#unreadBytes = unreadBytes;
    const workerData = watch ? Object.assign({}, options.workerData, watch.workerData) : options.workerData;
    this.#thread = new Thread(url, { ...options, workerData, offered });
  }

  get isIdle(): boolean {
    return !this.#task;
  }

  async run(task: PendingTask<Answer>): Promise<Answer> {
    this.#task = task;
    const { payload, spares, shows } = task;
    const memory = spares.takeSome(FIRST_SPARES);
    const timer = this.#watch && setInterval(() => this.#endIfOverdue(task), WATCH_MS);
    try {
      const call = { payload, unreadBytes: this.#unreadBytes, shows, spares: memory };
      return (await this.#thread.call('run', call, { transfer: [payload.buffer, ...memory] })) as Answer;
    } finally {
      clearInterval(timer);
      this.#task = undefined;
    }
  }

  /** Tasks before it in the stream may go on; those that this thread gets later come after it. */
  #endIfOverdue(task: PendingTask<Answer>): void {
    const failure = this.#watch!.overdue();
    if (!failure) return;
    task.results.fail(failure);
    void this.terminate();
  }

  /** Ends the task at hand, wherever it is. */
  fail(error: PipelineError): void {
    this.#task?.results.fail(error);
  }

  terminate(): Promise<void> {
    return this.#thread.terminate();
  }

  async #take(piece: Uint8Array<ArrayBuffer>): Promise<HandedOver<readonly ArrayBuffer[]>> {
    const task = this.#task!;
    await task.results.add(piece);
    const memory = this.#task === task ? task.spares.takeSome(1) : [];
    return new HandedOver(memory, memory);
  }
}
