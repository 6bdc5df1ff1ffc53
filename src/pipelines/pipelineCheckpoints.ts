import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import type { CheckpointStore } from '../io/checkpoints.js';
import { readdir, rm, stat } from '../io/disk.js';
import type { Sink, WrittenPart } from '../io/definition.js';
import { changedPath, fileState, type FileState, fileStates } from '../io/fileState.js';
import { ownName } from '../io/leftovers.js';
import type { StepRun } from './stepRuns.js';

/** How a run of steps stands to what an earlier run has left. */
export type Standing = 'anew' | 'goesOn' | 'done';

/** Where in a pipeline its dear work has come to. */
export interface Progress {
  /** The first of these steps; of a stage that has just begun, its fit. */
  readonly step: string;
  /** How many fits have ended before it. */
  readonly stage: number;
  /** Rows that the first dear run of steps of the stage has done, and of which all that came has left the steps after it. */
  readonly rows: number;
  /** Whether no more will come. */
  readonly isAll: boolean;
}

/** Something with a state that another run can take up. */
export interface Holder {
  /** A copy of its state, of plain data and typed arrays; undefined where it cannot be told, and then there is no checkpoint. */
  save(): unknown;
  /** The hidden file that the state is about. */
  readonly file?: string;
  /** Brings to disk what the state is about. `file` is asked for after it. */
  sync?(): Promise<void>;
  /** From now on the file outlives this process. */
  keep?(): void;
}

/** A moment at which nothing was on its way behind the dear steps. */
interface Moment {
  readonly progress: Progress;
  /** Rows that had left the last step. */
  readonly rowsOut: number;
  readonly states: ReadonlyMap<string, unknown>;
}

const progress = z.object({ step: z.string(), stage: z.int(), rows: z.int(), isAll: z.boolean() });

/** What is kept on disk. */
const checkpoint = z.object({
  /** What the pipeline was, and what it read. */
  identity: z.string(),
  progress,
  rowsOut: z.int(),
  states: z.map(z.string(), z.unknown()),
  /** Of each sink for rows. */
  written: z.array(z.object({ partial: z.string(), rows: z.int(), bytes: z.int(), files: z.int() }).optional()),
  /** The names that a hidden file may have, by the key of its state: two where one run was just taking it over from another. */
  files: z.map(z.string(), z.array(z.string())),
  /** Of a hidden file that is none of a sink: it may have grown since. */
  sizes: z.map(z.string(), z.int()),
  /** Files that nobody must have touched since. */
  relied: z.array(fileState),
});
type Checkpoint = z.output<typeof checkpoint>;

const STATE = 'state';
const DIGEST_BYTES = 32;
/** Moments closer than that are as good as one. */
const LEAST_GAP_MS = 50;
const MOST_MOMENTS = 512;
/** What took less is done again as fast as it is kept. */
const LEAST_WORK_MS = 1000;

/**
 * The checkpoints of a pipeline that runs: what its dear steps have done is not done again when the run was interrupted.
 *
 * What comes before the first dear steps is repeated, and the rows that these have done already are passed over. What follows them goes on
 * from the state that it had when the last of those rows had left the last step. Rows that are on disk by then are not written again.
 *
 * Moments at which nothing is on its way are noted as they come. One becomes a checkpoint once the rows that had left until then are on disk for
 * good: at the end of a Parquet part, or, where no rows leave yet, after the interval.
 */
export class PipelineCheckpoints {
  readonly #store: CheckpointStore;
  readonly #identity: string;
  readonly #earlier: Checkpoint | undefined;
  readonly #holders = new Map<string, { readonly stage: number | undefined; readonly holder: Holder }>();
  readonly #expected = new Map<string, number>();
  readonly #busy = new Set<() => boolean>();
  #sinks: readonly Sink[] = [];
  #rowsOut: () => number = () => 0;
  #relied: FileState[];
  #moments: Moment[] = [];
  #lastMoment = performance.now();
  #lastWritten = performance.now();
  #writingMs = 0;
  /** How many were written, and how long that took. */
  readonly written = { count: 0, ms: 0 };
  /** Hidden files that the checkpoint on disk names. */
  #files: ReadonlySet<string>;
  /** Called when what the earlier run has done has been repeated or passed over. */
  onCaughtUp: () => void = () => {};
  /** Whether the run goes on from an earlier one, or why it does not, where something had been left. */
  readonly notices: readonly string[];

  private constructor(store: CheckpointStore, identity: string, earlier?: Checkpoint, ...notices: readonly string[]) {
    this.#store = store;
    this.#identity = identity;
    this.#earlier = earlier;
    this.#relied = earlier?.relied ?? [];
    this.#files = filesOf(earlier);
    this.notices = notices;
  }

  /**
   * @param identity all that the bytes of the outputs depend on
   * @param anew whether to begin anew in any case
   */
  static async open(store: CheckpointStore, identity: unknown, anew: boolean): Promise<PipelineCheckpoints> {
    const own = digestOfIdentity(identity);
    const left = await leftIn(store, own, anew);
    if (!left) return new PipelineCheckpoints(store, own);
    const { found, reason } = left;
    if (!found || reason !== undefined) {
      for (const file of filesOf(found)) await rm(file, { recursive: true, force: true });
      await store.clear();
      return new PipelineCheckpoints(store, own, undefined, anewFor(reason));
    }
    const notice = `went on where an earlier run was interrupted: ${workOf(found)}`;
    return new PipelineCheckpoints(store, own, await takeOver(store, found), notice);
  }

  /** What `open` would find: a line for people; undefined where nothing was interrupted. */
  static async foresee(store: CheckpointStore, identity: unknown, anew: boolean): Promise<string | undefined> {
    const left = await leftIn(store, digestOfIdentity(identity), anew);
    if (!left) return undefined;
    const { found, reason } = left;
    if (!found || reason !== undefined) return anewFor(reason);
    return `goes on where an earlier run was interrupted: ${workOf(found)}`;
  }

  /** Where the earlier run had come to, if this one goes on from there. */
  get from(): Progress | undefined {
    return this.#earlier?.progress;
  }

  /** Rows that have left the last step but need not be written: a sink has them already. */
  rowsToSkip(sink: number): number {
    return this.#earlier ? (this.writtenBy(sink)?.rows ?? 0) - this.#earlier.rowsOut : 0;
  }

  /** What an earlier run has written of a sink. */
  writtenBy(sink: number): WrittenPart | undefined {
    const part = this.#earlier?.written[sink];
    return part && { ...part, partial: this.fileOf(sinkKey(sink))! };
  }

  /** The state that a holder of that name has left. */
  stateOf(key: string): unknown {
    return this.#earlier?.states.get(key);
  }

  fileOf(key: string): string | undefined {
    return this.#earlier?.files.get(key)?.[0];
  }

  /** How a run of steps stands: done by the earlier run, to go on from the state that it had, or to begin with. */
  standingOf({ stage, place }: Pick<StepRun, 'stage' | 'place'>): Standing {
    const { from } = this;
    if (!from || stage > from.stage) return 'anew';
    if (stage < from.stage) return 'done';
    if (place !== 'before') return 'goesOn';
    return from.isAll ? 'done' : 'anew';
  }

  /** There is no checkpoint of that stage before such a state has been added. */
  expect(key: string, stage: number): void {
    this.#expected.set(key, stage);
  }

  /** @param stage whose checkpoints the state goes into; undefined for all */
  add(key: string, stage: number | undefined, holder: Holder): void {
    this.#holders.set(key, { stage, holder });
  }

  /** Waits, before there is a checkpoint, until that function says no. */
  addBusy(isBusy: () => boolean): void {
    this.#busy.add(isBusy);
  }

  /** @param rowsOut how many rows have left the last step */
  setOutputs(sinks: readonly Sink[], rowsOut: () => number): void {
    this.#sinks = sinks;
    this.#rowsOut = rowsOut;
  }

  /** Going on makes sense only while what lies there stays as it is. */
  async rely(directory: string): Promise<void> {
    this.#relied = [...this.#relied, ...(await fileStates(directory))];
  }

  /**
   * To be called when all that has come of these rows has been taken by whoever comes next.
   *
   * @param isEnd whether something has ended that nobody wants to do again
   * @throws PipelineError `outputFailed`
   */
  async reached(at: Progress, isEnd = at.isAll): Promise<void> {
    const now = performance.now();
    const flows = this.#rowsOut() > 0 && this.#sinks.length > 0;
    const intervalMs = isEnd ? Math.min(this.#store.intervalMs, LEAST_WORK_MS) : this.#intervalMs;
    const gap = flows ? Math.min(intervalMs, LEAST_GAP_MS) : intervalMs;
    if (now - (flows ? this.#lastMoment : this.#lastWritten) < gap) return;
    if (this.#isBusy()) {
      if (flows) return;
      while (this.#isBusy()) await setTimeout(2);
    }
    this.#lastMoment = now;
    const moment = this.#momentAt(at);
    if (!moment) return;
    this.#moments.push(moment);
    // Where a part of the output takes long, fewer moments of it serve as well.
    if (this.#moments.length > MOST_MOMENTS) this.#moments = this.#moments.filter((_, i) => i % 2 === 0);
    await this.#writeLatest(intervalMs);
  }

  /** A checkpoint takes at most a fiftieth of the time, unless each chance is to be taken. */
  get #intervalMs(): number {
    const { intervalMs } = this.#store;
    return intervalMs === 0 ? 0 : Math.max(intervalMs, 50 * this.#writingMs);
  }

  /** Everything has its name: nothing is left to go on with. */
  async finish(): Promise<void> {
    await this.#store.clear();
    for (const file of this.#files) await rm(file, { recursive: true, force: true });
  }

  #isBusy(): boolean {
    return [...this.#busy].some((isBusy) => isBusy());
  }

  #momentAt(at: Progress): Moment | undefined {
    const states = new Map<string, unknown>();
    for (const [key, stage] of this.#expected) if (stage === at.stage && !this.#holders.has(key)) return undefined;
    for (const [key, { stage, holder }] of this.#holders) {
      if (stage !== undefined && stage !== at.stage) continue;
      const state = holder.save();
      if (state === undefined) return undefined;
      states.set(key, state);
    }
    return { progress: at, rowsOut: this.#rowsOut(), states };
  }

  /** Writes the latest moment whose rows are on disk, if it is time. */
  async #writeLatest(intervalMs: number): Promise<void> {
    const onDisk = Math.min(...this.#sinks.map(({ written }) => written?.rows ?? 0));
    const latest = this.#moments.findLastIndex(({ rowsOut }) => rowsOut <= onDisk);
    if (latest < 0) return;
    this.#moments.splice(0, latest);
    if (performance.now() - this.#lastWritten < intervalMs) return;
    const begun = performance.now();
    await this.#write(this.#moments.shift()!);
    this.#lastWritten = performance.now();
    this.#writingMs = this.#lastWritten - begun;
    this.written.count++;
    this.written.ms += this.#writingMs;
  }

  async #write({ progress: at, rowsOut, states }: Moment): Promise<void> {
    const holders = [...this.#holders].flatMap(([key, { holder }]) => (states.has(key) ? [{ key, holder }] : []));
    for (const { holder } of holders) await holder.sync?.();
    const files = new Map<string, string[]>();
    const sizes = new Map<string, number>();
    for (const { key, holder } of holders) {
      if (holder.file === undefined) continue;
      files.set(key, [holder.file]);
      sizes.set(key, await sizeOf(holder.file));
    }
    const written = this.#sinks.map((sink) => sink.written);
    for (const [i, part] of written.entries()) if (part) files.set(sinkKey(i), [part.partial]);
    const kept: Checkpoint = {
      identity: this.#identity,
      progress: at,
      rowsOut,
      states: new Map(states),
      written,
      files,
      sizes,
      relied: this.#relied,
    };
    // Before the checkpoint names them: an interruption would remove them.
    for (const { holder } of holders) holder.keep?.();
    for (const [i, sink] of this.#sinks.entries()) if (written[i]) sink.keep?.();
    await writeCheckpoint(this.#store, kept);
    const named = filesOf(kept);
    for (const file of this.#files) if (!named.has(file)) await rm(file, { recursive: true, force: true });
    this.#files = named;
  }
}

function sinkKey(sink: number): string {
  return `sink ${sink}`;
}

function filesOf(found: Checkpoint | undefined): Set<string> {
  return new Set([...(found?.files.values() ?? [])].flat());
}

function digestOfIdentity(identity: unknown): string {
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex');
}

/** What an earlier run has left, and why that cannot be used; undefined where nothing is left. */
async function leftIn(
  store: CheckpointStore,
  own: string,
  anew: boolean,
): Promise<{ readonly found: Checkpoint | undefined; readonly reason: string | undefined } | undefined> {
  const kept = await store.read();
  if (!kept) return undefined;
  const found = checkpointIn(kept.get(STATE));
  return { found, reason: anew ? 'that was asked for' : await whyUnusable(found, own) };
}

function anewFor(reason: string | undefined): string {
  return `begins anew, not where an earlier run stopped: ${reason}`;
}

function workOf({ progress: { step, rows } }: Checkpoint): string {
  return `${step} had done ${rows} rows`;
}

/** @returns undefined for what is damaged */
function checkpointIn(bytes: Uint8Array | undefined): Checkpoint | undefined {
  if (!bytes) return undefined;
  const body = bytes.subarray(DIGEST_BYTES);
  if (!digestOf(body).equals(bytes.subarray(0, DIGEST_BYTES))) return undefined;
  const parsed = checkpoint.safeParse(deserialized(body));
  return parsed.success ? parsed.data : undefined;
}

/** @returns undefined for what a newer Node has written */
function deserialized(bytes: Uint8Array): unknown {
  try {
    return deserialize(bytes);
  } catch {
    return undefined;
  }
}

async function writeCheckpoint(store: CheckpointStore, kept: Checkpoint): Promise<void> {
  const body = serialize(kept);
  await store.write(new Map([[STATE, Buffer.concat([digestOf(body), body])]]));
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

async function whyUnusable(found: Checkpoint | undefined, own: string): Promise<string | undefined> {
  if (!found) return 'its checkpoint is damaged, or of another version of soapstream';
  const { identity, files, sizes, written, relied } = found;
  if (identity !== own) return 'its definition, its input or the version of soapstream has changed';
  for (const [key, names] of files) {
    const name = names.find((each) => existsSync(each));
    if (name === undefined) return `what it had written is gone (${names[0]})`;
    const part = written.find((_, i) => key === sinkKey(i));
    const isWhole = part ? (await sizeOf(name, part.files)) === part.bytes : (await sizeOf(name)) >= sizes.get(key)!;
    if (!isWhole) return `what it had written has changed (${name})`;
  }
  const now = (await Promise.all(relied.map(({ path }) => fileStates(path)))).flat();
  const changed = changedPath(relied, now);
  return changed === undefined ? undefined : `${changed} has changed`;
}

/** Of a file, or of the first files of a folder (bytes). */
async function sizeOf(path: string, files?: number): Promise<number> {
  if (files === undefined) return (await stat(path)).size;
  const inOrder = (await readdir(path)).toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const names = inOrder.slice(0, files);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Gives hidden files names of this process. First it is noted that they may have either name: this, too, may be interrupted. */
async function takeOver(store: CheckpointStore, found: Checkpoint): Promise<Checkpoint> {
  const renamed = new Map<string, string[]>();
  for (const [key, names] of found.files) {
    const name = names.find((each) => existsSync(each))!;
    renamed.set(key, [ownName(name), name]);
  }
  await writeCheckpoint(store, { ...found, files: renamed });
  for (const [to, from] of renamed.values()) await rename(from!, to!);
  return { ...found, files: renamed };
}
