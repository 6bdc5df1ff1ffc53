import { createHash } from 'node:crypto';
import type { EpochReport } from './bestEpoch.js';
import type { AdamState } from './adam.js';

/** A training's state between two epochs: the bytes of each of its files, by name. */
export type CheckpointFiles = ReadonlyMap<string, Uint8Array>;

/** All that decides how a training goes on. */
export interface TrainingState {
  readonly history: readonly EpochReport[]; // of the epochs that are done, one at least
  readonly weights: Float32Array;
  readonly best: Float32Array | undefined; // weights of the best epoch, if they are to be kept
  readonly optimizer: AdamState;
}

interface StateDescription {
  readonly fingerprint: string;
  readonly history: readonly EpochReport[];
  readonly steps: number;
  /** Of all files: weights with a flipped bit would be trained on. */
  readonly sha256: string;
}

const descriptionFile = 'state.json';
const weightsFile = 'weights.bin';
const bestFile = 'best.bin';
const momentsFile = 'moments.bin';

/** @param fingerprint of the training, by which it knows its own state again */
export function checkpointFiles(fingerprint: string, state: TrainingState): CheckpointFiles {
  const { history, weights, best, optimizer } = state;
  const arrays = new Map([
    [weightsFile, bytesOf(weights)],
    [momentsFile, bytesOf(optimizer.moments)],
    ...(best ? [[bestFile, bytesOf(best)] as const] : []),
  ]);
  const told = { fingerprint, history, steps: optimizer.steps };
  const description: StateDescription = { ...told, sha256: digestOf(told, arrays) };
  return new Map([[descriptionFile, new TextEncoder().encode(JSON.stringify(description))], ...arrays]);
}

/** The state, if the files hold one of this training. Files of another, or broken ones, are as good as none. */
export function readCheckpoint(files: CheckpointFiles, fingerprint: string): TrainingState | undefined {
  const description = parseDescription(files.get(descriptionFile));
  if (!description || description.fingerprint !== fingerprint) return undefined;
  const { sha256, ...told } = description;
  if (sha256 !== digestOf(told, files)) return undefined;
  const [weights, moments] = [floatsOf(files.get(weightsFile)), floatsOf(files.get(momentsFile))];
  if (!weights || moments?.length !== 2 * weights.length) return undefined;
  const { history, steps } = told;
  return { history, weights, best: floatsOf(files.get(bestFile)), optimizer: { steps, moments } };
}

function parseDescription(bytes: Uint8Array | undefined): StateDescription | undefined {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as StateDescription | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function digestOf(told: Omit<StateDescription, 'sha256'>, files: CheckpointFiles): string {
  const hash = createHash('sha256').update(JSON.stringify(told));
  for (const name of [weightsFile, momentsFile, bestFile]) hash.update(name).update(files.get(name) ?? '');
  return hash.digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A copy: the bytes need not begin at a multiple of four. */
function floatsOf(bytes: Uint8Array | undefined): Float32Array | undefined {
  return bytes && bytes.length % 4 === 0 ? new Float32Array(Uint8Array.from(bytes).buffer) : undefined;
}
